/** A room after one more event: the twin of `rooms/room.py`. Both replay `tests/vectors/rooms/*.json`. */

import type { Combo, GiftEvent, RoomEvent, RoomState } from "$lib/room/events";

const CHAT_LINES_MAX = 50;
const COMBOS_MAX = 20;

export function apply(state: RoomState, event: RoomEvent): RoomState {
  switch (event.type) {
    case "gift":
      return gifted(state, event);
    case "chat": {
      const line = { id: event.id, at: event.at, actor: event.actor, text: event.text };
      return { ...state, chat: [...state.chat, line].slice(-CHAT_LINES_MAX) };
    }
    case "presence":
      return { ...state, viewers: event.viewers };
    case "supporters":
      return { ...state, supporters: event.top };
    case "summary":
      return { ...state, coins: state.coins + event.coins_delta };
    case "closed":
      return { ...state, status: "closed", combos: [] };
    default:
      // A newer server may tell of things this page cannot draw yet.
      return state;
  }
}

export function replay(state: RoomState, events: Iterable<RoomEvent>): RoomState {
  for (const event of events) state = apply(state, event);
  return state;
}

/** A running combo keeps its place in the list; a new one comes last. */
function gifted(state: RoomState, event: GiftEvent): RoomState {
  const coins = state.coins + event.coins_delta;
  const others = state.combos.filter((known) => known.combo_id !== event.combo_id);
  if (event.final) return { ...state, coins, combos: others };

  const grown = comboOf(event);
  const combos =
    others.length === state.combos.length
      ? [...state.combos, grown].slice(-COMBOS_MAX)
      : state.combos.map((known) => (known.combo_id === grown.combo_id ? grown : known));
  return { ...state, coins, combos };
}

function comboOf(event: GiftEvent): Combo {
  const { combo_id, actor, gift, seq, count_total, coins_total } = event;
  return { combo_id, actor, gift, seq, count_total, coins_total };
}
