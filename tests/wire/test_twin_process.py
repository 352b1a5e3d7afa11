"""The twin as a process: it tells its port, answers, and stops when it is told to."""

import json
import signal
import subprocess
import sys
import urllib.request

import pytest

SCENARIO = 'callees:\n  "+12125550123": {pickup: busy}\n'


def start(folder, text):
    scenario = folder / "people.yaml"
    scenario.write_text(text)
    command = [sys.executable, "-m", "media.simulator", "--scenario", str(scenario)]
    command += ["--account", "AC" + "a1" * 16, "--auth-token", "secret", "--number", "+13125550100"]
    command += ["--port-file", str(folder / "port")]
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
