"""The twin as a process: it tells its port, answers, and stops when it is told to."""

import json
import signal
import subprocess
import sys
import urllib.request

import pytest
from twilio.base.exceptions import TwilioRestException
from wire.openapi_contract import checked_client
from wire.twin_under_test import AC

SCENARIO = 'callees:\n  "+12125550123": {pickup: busy}\n'


def start(folder, text, *more):
    scenario = folder / "people.yaml"
    scenario.write_text(text)
    command = [sys.executable, "-m", "media.simulator", "--scenario", str(scenario)]
    command += ["--account", AC, "--auth-token", "secret", "--number", "+13125550100"]
    command += ["--port-file", str(folder / "port"), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("way", ["signal", "request"])
def test_tells_its_port_and_stops_cleanly(tmp_path, way):
    process = start(tmp_path, SCENARIO)
    port = int(process.stdout.readline())
    url = f"http://127.0.0.1:{port}/twin"
    with urllib.request.urlopen(f"{url}/report", timeout=10) as answer:
        assert json.load(answer)["calls"] == 0
    assert (tmp_path / "port").read_text() == str(port)
    if way == "signal":
        process.send_signal(signal.SIGTERM)
    else:
        urllib.request.urlopen(f"{url}/shutdown", data=b"", timeout=10).close()
    assert process.wait(10) == 0


def test_a_bad_scenario_is_told_with_its_line(tmp_path):
    process = start(tmp_path, "calees: {}")
    _, error = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "line 1, calees" in error and "Traceback" not in error


def test_an_account_file_is_obeyed_and_its_mistakes_are_told_with_their_line(tmp_path):
    account = tmp_path / "account.yaml"
    account.write_text("suspended: true\nbalance: lots\n")
    refused = start(tmp_path, SCENARIO, "--account-file", str(account))
    _, error = refused.communicate(timeout=30)
    assert refused.returncode != 0
    assert "line 2, balance: must be US dollars" in error and "Traceback" not in error
    account.write_text("suspended: true\n")
    process = start(tmp_path, SCENARIO, "--account-file", str(account))
    client = checked_client(f"http://127.0.0.1:{int(process.stdout.readline())}", AC, "secret")
    with pytest.raises(TwilioRestException) as caught:
        client.balance.fetch()
    assert caught.value.code == 20005
    process.terminate()
    assert process.wait(10) == 0
