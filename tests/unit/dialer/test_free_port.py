"""Ports for servers that are started later must not be given to two of them."""

import socket

from dialer import launch


class SamePort(socket.socket):
    """An operating system that gives one port again and again, then another."""

    answers = iter([40001, 40001, 40001, 40002])

    def bind(self, address: object) -> None:
        """Nothing is really bound."""

    def getsockname(self) -> tuple[str, int]:
        return ("127.0.0.1", next(self.answers))


def test_a_port_is_never_given_twice(monkeypatch) -> None:
    monkeypatch.setattr(socket, "socket", SamePort)
    assert [launch.free_port(), launch.free_port()] == [40001, 40002]
