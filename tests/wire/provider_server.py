"""A local server that speaks as the premium voices' servers do: chunked mu-law over HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Provider:
    """What the next answers are, and the requests that came.

    `pieces` are sent one by one; before each `gate` is awaited when there is one, so that a test
    sees whether a piece is handed on before the next is made.
    """

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.status = 200
        self.error: dict[str, object] = {}
        self.requests: list[tuple[str, dict[str, str], dict[str, object]]] = []
        self.before_piece: Callable[[int], None] = lambda _: None
        self.cut_after: int | None = None
        self.hung_up = threading.Event()
        self.url = ""


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            headers = {key.lower(): value for key, value in self.headers.items()}
            provider.requests.append((self.path, headers, body))
            if provider.status != 200:
                self._refuse()
                return
            self.send_response(200)
            self.send_header("Content-Type", "audio/basic")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                self._speak()
            except ConnectionError:
                provider.hung_up.set()
            self.close_connection = True

        def _speak(self) -> None:
            for index, piece in enumerate(provider.pieces):
                if provider.cut_after == index:
                    return
                provider.before_piece(index)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

        def _refuse(self) -> None:
            answer = json.dumps(provider.error).encode()
            self.send_response(provider.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    return Handler


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """The provider on a free port; `provider.url` is its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    provider.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
