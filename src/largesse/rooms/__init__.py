"""Live rooms: opening, closing, chat, and what a room looks like after its events.

Events and their reducer are pure; `Stage` is the door through which features
tell a room what happened, and `GiftBook` the one through which a room's owner
asks for gifts. Sockets and fan-out live in `realtime`, gifts in `gifts`.
"""

from largesse.rooms.chat import Chat, ChatPace, send_message
from largesse.rooms.close import close_room
from largesse.rooms.combos import Combos, RunningCombo, merged
from largesse.rooms.events import (
    SHOWPIECE_COINS_MIN,
    Actor,
    ChatMessage,
    Fact,
    GiftEvent,
    GiftFacts,
    GiftSent,
    Joined,
    Notice,
    Presence,
    PrivateEvent,
    RoomClosed,
    RoomEvent,
    Summary,
    Supporter,
    Supporters,
    WalletChanged,
)
from largesse.rooms.lease import LEASE, hold_room, keep_rooms, let_room_go
from largesse.rooms.model import AlreadyLive, Room, RoomEnded, Tenure
from largesse.rooms.open import open_room
from largesse.rooms.pace import Pace
from largesse.rooms.read import find_room, list_live_rooms, live_room
from largesse.rooms.restore import Restored, restore
from largesse.rooms.room import SUPPORTERS_SHOWN, Combo, Line, RoomState, apply, replay
from largesse.rooms.socket import ChatSocket
from largesse.rooms.stage import GiftBook, Glance, NoGifts, Snapshot, Stage, Tally

__all__ = [
    "LEASE",
    "SHOWPIECE_COINS_MIN",
    "SUPPORTERS_SHOWN",
    "Actor",
    "AlreadyLive",
    "Chat",
    "ChatMessage",
    "ChatPace",
    "ChatSocket",
    "Combo",
    "Combos",
    "Fact",
    "GiftBook",
    "GiftEvent",
    "GiftFacts",
    "GiftSent",
    "Glance",
    "Joined",
    "Line",
    "NoGifts",
    "Notice",
    "Pace",
    "Presence",
    "PrivateEvent",
    "Restored",
    "Room",
    "RoomClosed",
    "RoomEnded",
    "RoomEvent",
    "RoomState",
    "RunningCombo",
    "Snapshot",
    "Stage",
    "Summary",
    "Supporter",
    "Supporters",
    "Tally",
    "Tenure",
    "WalletChanged",
    "apply",
    "close_room",
    "find_room",
    "hold_room",
    "keep_rooms",
    "let_room_go",
    "list_live_rooms",
    "live_room",
    "merged",
    "open_room",
    "replay",
    "restore",
    "send_message",
]
