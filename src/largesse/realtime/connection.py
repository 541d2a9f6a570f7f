"""One room socket: what a client may ask, in which order, and when it has to go."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from largesse.kernel import ids
from largesse.kernel.errors import LargesseError, NotFound
from largesse.people import Viewer, person_by_id
from largesse.realtime import calls, gauges, protocol
from largesse.realtime.gate import Gate
from largesse.realtime.hub import private_channel
from largesse.realtime.owner import Presented, RoomOwner
from largesse.realtime.protocol import Farewell, Refusal
from largesse.realtime.tokens import Bearer, TokenExpired, TokenRefused
from largesse.rooms import Pace


class Connection(WSListener):
    """A client between its handshake and its end.

    Replies and pushes are written at once; what the client does not read piles up
    in its buffer, and past the limit the client is dropped and starts afresh.
    """

    def __init__(self, gateway: Gate, opened_at: datetime) -> None:
        self._gateway = gateway
        self._pace = Pace(
            per_second=gateway.limits.commands_per_second, burst=gateway.limits.commands_burst
        )
        self._transport: WSTransport | None = None
        self._parts: list[bytes] = []
        self._rooms: dict[UUID, RoomOwner] = {}
        self._entering: set[UUID] = set()
        self._who = Presented()
        self._viewer: Viewer | None = None
        self._viewer_loading: asyncio.Task[Viewer] | None = None
        self._in_order = asyncio.Lock()
        self._calls_running = 0
        self.bearer: Bearer | None = None
        self.opened_at = opened_at
        self.client = str(ids.make())
        self.is_pong_due = False
        self.is_closed = False

    # picows

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._gateway.opened(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        if self.is_closed or frame.msg_type == WSMsgType.PONG:
            return
        is_continuing = frame.msg_type == WSMsgType.CONTINUATION
        if frame.msg_type == WSMsgType.BINARY or is_continuing != bool(self._parts):
            self.farewell(Farewell.BAD_REQUEST)
            return
        self._parts.append(frame.get_payload_as_bytes())
        if sum(map(len, self._parts)) > self._gateway.limits.message_bytes_max:
            self.farewell(Farewell.BAD_REQUEST)
        elif frame.fin:
            payload = b"".join(self._parts)
            self._parts.clear()
            self._receive(payload)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.is_closed = True
        self._transport = None
        for room in tuple(self._rooms):
            self._gateway.hub.leave(room, self, self._who)
        self._rooms.clear()
        if self._who.account is not None:
            self._gateway.hub.part(self._who.account, self)
        self._gateway.gone(self)

    # Writing

    def write(self, frame: bytes) -> None:
        """Send a ready-made frame, or drop a client that does not keep up."""
        transport = self._transport
        if transport is None or self.is_closed:
            return
        raw = transport.underlying_transport
        if raw.get_write_buffer_size() > self._gateway.limits.buffer_bytes_max:
            self._gateway.dropped_slow += 1
            gauges.SLOW.inc()
            self.is_closed = True
            # Its buffer is full: a goodbye would not arrive either.
            transport.disconnect(graceful=False)
            return
        raw.write(frame)

    def evict(self, room: UUID, frame: bytes) -> None:
        """The room is no longer here; the client hears why."""
        self._rooms.pop(room, None)
        self.write(frame)

    def farewell(self, why: Farewell) -> None:
        """Say goodbye with a code that tells the client whether to come back."""
        if self.is_closed or self._transport is None:
            return
        code, reason = why.value
        self._transport.underlying_transport.write(protocol.closing(code, reason))
        self.is_closed = True
        # Waits for the client's own goodbye, but not for long.
        asyncio.get_running_loop().call_later(1.0, self._transport.disconnect)

    def _reply(self, payload: bytes) -> None:
        self.write(protocol.frame(payload))

    def _refuse(self, number: int, why: Refusal) -> None:
        # A command without a number expects no answer.
        if number:
            self._reply(protocol.refused(number, why))

    # Reading

    def _receive(self, payload: bytes) -> None:
        try:
            commands = protocol.read(payload)
        except protocol.BadRequest:
            self.farewell(Farewell.BAD_REQUEST)
            return
        for command in commands:
            if self.is_closed:
                return
            if not self._pace.allows(self._gateway.now()):
                self._refuse(command.id, Refusal.TOO_MANY_REQUESTS)
                continue
            self._obey(command)

    def _obey(self, command: protocol.Command) -> None:
        request = command.request
        if isinstance(request, protocol.Connect):
            self._connect(command.id, request.token)
        elif self.bearer is None:
            self.farewell(Farewell.BAD_REQUEST)
        else:
            self._obey_known(command.id, request)

    def _obey_known(self, number: int, request: protocol.Request) -> None:
        match request:
            case protocol.Pong():
                self.is_pong_due = False
            case protocol.Subscribe():
                self._subscribe(number, request)
            case protocol.Unsubscribe(channel=channel):
                self._unsubscribe(number, channel)
            case protocol.Rpc(method=method, data=data):
                self._call(number, method, bytes(data))
            case protocol.Refresh(token=token):
                self._refresh(number, token)
            case protocol.Empty():
                self._reply(protocol.pinged(number))
            case _:
                self._refuse(number, Refusal.NOT_AVAILABLE)

    def _connect(self, number: int, token: str) -> None:
        if self.bearer is not None:
            self.farewell(Farewell.BAD_REQUEST)
            return
        bearer = self._read_token(number, token)
        if bearer is None:
            return
        self.bearer = bearer
        subscriptions: dict[str, dict[str, object]] = {}
        if bearer.account is None:
            self._who = Presented()
        else:
            self._who = Presented(bearer.account, bearer.actor)
            self._gateway.hub.greet(bearer.account, self)
            subscriptions[private_channel(bearer.account)] = {}
        self._gateway.welcomed(self)
        self._reply(
            protocol.connected(
                number,
                client=self.client,
                ttl_seconds=self._ttl_seconds(),
                ping_seconds=self._gateway.limits.ping_seconds,
                subscriptions=subscriptions,
            )
        )

    def _refresh(self, number: int, token: str) -> None:
        bearer = self._read_token(number, token)
        if bearer is None:
            return
        if bearer.account != self._who.account:
            self.farewell(Farewell.INVALID_TOKEN)
            return
        self.bearer = bearer
        self._viewer = None
        self._reply(protocol.refreshed(number, client=self.client, ttl_seconds=self._ttl_seconds()))

    def _read_token(self, number: int, token: str) -> Bearer | None:
        try:
            return self._gateway.tokens.read(token, now=self._gateway.now())
        except TokenExpired:
            self._refuse(number, Refusal.TOKEN_EXPIRED)
        except TokenRefused:
            self.farewell(Farewell.INVALID_TOKEN)
        return None

    def _ttl_seconds(self) -> int:
        assert self.bearer is not None
        return max(1, int((self.bearer.expires_at - self._gateway.now()).total_seconds()))

    # Rooms

    def _subscribe(self, number: int, request: protocol.Subscribe) -> None:
        kind, _, name = request.channel.partition(":")
        try:
            room = ids.read("rom", name) if kind == "room" else None
        except NotFound:
            room = None
        if room is None:
            is_private = kind == "wallet"
            why = Refusal.PERMISSION_DENIED if is_private else Refusal.UNKNOWN_CHANNEL
            self._refuse(number, why)
        elif room in self._rooms or room in self._entering:
            self._refuse(number, Refusal.ALREADY_SUBSCRIBED)
        elif len(self._rooms) + len(self._entering) >= self._gateway.limits.rooms_max:
            self._refuse(number, Refusal.LIMIT_EXCEEDED)
        else:
            self._entering.add(room)
            self._gateway.start(self._enter(number, room, request))

    async def _enter(self, number: int, room: UUID, request: protocol.Subscribe) -> None:
        try:
            owner = await self._gateway.hub.attend(room)
        except LargesseError:
            self._refuse(number, Refusal.INTERNAL)
            return
        finally:
            self._entering.discard(room)
        if self.is_closed:
            return
        if owner is None:
            self._refuse(number, Refusal.UNKNOWN_CHANNEL)
            return
        # From here on nothing waits: the reply and the first push are consecutive frames.
        self._rooms[room] = owner
        missed = None
        if request.recover:
            missed = owner.missed(epoch=request.epoch, offset=request.offset)
        self._reply(
            protocol.subscribed(
                number,
                epoch=owner.epoch,
                offset=owner.offset,
                data=owner.snapshot_data() if missed is None else None,
                was_recovering=request.recover,
                publications=missed,
            )
        )
        self._gateway.hub.enter(owner, self, self._who)

    def _unsubscribe(self, number: int, channel: str) -> None:
        for room, owner in tuple(self._rooms.items()):
            if owner.channel == channel:
                del self._rooms[room]
                self._gateway.hub.leave(room, self, self._who)
        self._reply(protocol.unsubscribed(number))

    # Calls

    def _call(self, number: int, name: str, params: bytes) -> None:
        if name not in self._gateway.methods:
            self._refuse(number, Refusal.METHOD_NOT_FOUND)
        elif self._who.account is None:
            self._refuse(number, Refusal.PERMISSION_DENIED)
        elif self._calls_running >= self._gateway.limits.calls_running_max:
            self._refuse(number, Refusal.TOO_MANY_REQUESTS)
        else:
            self._calls_running += 1
            self._gateway.start(self._run(number, name, params))

    async def _run(self, number: int, name: str, params: bytes) -> None:
        method = self._gateway.methods[name]
        try:
            if method.in_order:
                async with self._in_order:
                    status, body = await self._answer(method, params)
            else:
                status, body = await self._answer(method, params)
        finally:
            self._calls_running -= 1
        gauges.CALLS.labels(name, status).inc()
        self._reply(protocol.answered(number, status=status, body=body))

    async def _answer(self, method: calls.Method, params: bytes) -> tuple[int, bytes]:
        return await calls.answer(method, self._known_viewer, params)

    async def _known_viewer(self) -> Viewer:
        """The person behind this connection, read once for each token."""
        if self._viewer is not None:
            return self._viewer
        if self._viewer_loading is None:
            self._viewer_loading = asyncio.create_task(self._load_viewer())
        try:
            self._viewer = await asyncio.shield(self._viewer_loading)
        finally:
            self._viewer_loading = None
        return self._viewer

    async def _load_viewer(self) -> Viewer:
        assert self._who.account is not None
        async with self._gateway.database.read() as connection:
            return await person_by_id(connection, person=self._who.account)
