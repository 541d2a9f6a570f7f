"""Keep one server process alive for exactly as long as this program lives."""

from __future__ import annotations

import logging
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import IO

from largesse.kernel.lifeline import die_with_parent

from .archive import ARCHIVE_COMMAND
from .errors import PostgresTrouble
from .find import Programs
from .initialise import quiet_environment
from .leftovers import clear_the_way, is_ready, marked_pid
from .place import Place

# Replaying a large log after a crash takes as long as it takes; giving up helps nobody.
START_SECONDS_MAX = 600
STOP_SECONDS_MAX = 60
_RESTART_SECONDS = (0.2, 0.5, 1, 2, 5, 10)
_LOG_BYTES_MAX = 16 * 1024 * 1024

_log = logging.getLogger("largesse.postgres")


class Server:
    """The postmaster as our own child, started again if it dies, reaped when it ends.

    One thread starts it and waits for it. It has to be one thread: the kernel's "tell me when
    my parent dies" means the thread that started the child, not the whole program.
    """

    def __init__(self, programs: Programs, place: Place, socket: Path) -> None:
        self._programs = programs
        self._place = place
        self._socket = socket
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._lost: Exception | None = None
        self._thread = threading.Thread(target=self._keep_alive, name="postgres", daemon=True)

    def start(self, *, seconds_max: int = START_SECONDS_MAX) -> None:
        """Return when the server takes connections; raises with its last words if it does not."""
        self._thread.start()
        deadline = time.monotonic() + seconds_max
        while not self._is_ready():
            if self._lost is not None:
                raise self._lost
            if time.monotonic() > deadline:
                self.stop()
                raise PostgresTrouble(f"PostgreSQL did not start in {seconds_max} s.")
            time.sleep(0.01)
        self._started.set()

    def stop(self) -> None:
        """End the server now but cleanly: clients are cut off, what they committed is kept."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGINT)
        self._thread.join(STOP_SECONDS_MAX)
        if self._thread.is_alive() and child is not None:
            _log.warning("PostgreSQL did not stop in %s s and is cut off", STOP_SECONDS_MAX)
            child.send_signal(signal.SIGQUIT)
            self._thread.join(STOP_SECONDS_MAX)

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    def _keep_alive(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            trouble = self._run_once()
            if self._stopping.is_set():
                return
            if not self._started.is_set():
                self._lost = trouble  # start() waits in another thread and raises it there.
                return
            pause = _RESTART_SECONDS[min(failures, len(_RESTART_SECONDS) - 1)]
            failures += 1
            _log.error("%s It is started again in %s s.", trouble, pause)
            self._stopping.wait(pause)

    def _run_once(self) -> Exception:
        """Start the server and wait until it is gone; the answer says how it went."""
        try:
            clear_the_way(self._place.cluster)
            child = self._child = self._launch()
        except (OSError, subprocess.SubprocessError, PostgresTrouble) as trouble:
            return trouble
        if self._stopping.is_set():  # stop() came while there was no child to tell.
            child.send_signal(signal.SIGINT)
        code = child.wait()
        return PostgresTrouble(f"PostgreSQL ended with {code}:\n{_last_words(self._place.log)}")

    def _launch(self) -> subprocess.Popen[bytes]:
        command = [
            *(self._programs.path("postgres"), "-D", str(self._place.cluster)),
            *_setting("listen_addresses", ""),
            *_setting("port", "5432"),
            *_setting("unix_socket_directories", _as_one_folder(self._socket)),
            *_setting("unix_socket_permissions", "0700"),
            *_setting("fsync", "on"),
            *_setting("full_page_writes", "on"),
            *_setting("synchronous_commit", "on"),
            *_setting("archive_mode", "on"),
            *_setting("archive_command", ARCHIVE_COMMAND),
            *_setting("logging_collector", "off"),
        ]
        with _opened_log(self._place.log) as log:
            return subprocess.Popen(
                command,
                cwd="/",
                env=quiet_environment(self._programs.folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=0o077,
                # Ctrl-C at the terminal is for the program, which stops the server last.
                start_new_session=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - after setuid, which forgets it
                **self._place.identity.run_as(),
            )

    def _is_ready(self) -> bool:
        child = self._child
        cluster = self._place.cluster
        return child is not None and marked_pid(cluster) == child.pid and is_ready(cluster)


def _setting(name: str, value: str) -> tuple[str, str]:
    return "-c", f"{name}={value}"


def _as_one_folder(folder: Path) -> str:
    """The folder as the one element of a list: commas and quotes in it separate nothing."""
    return '"' + str(folder).replace('"', '""') + '"'


def _opened_log(path: Path) -> IO[bytes]:
    """The log to append to; a long one is put aside first, and the one before it let go."""
    if path.is_file() and path.stat().st_size > _LOG_BYTES_MAX:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
