/** What can happen in a room, word for word as `rooms/events.py` sends it. */

export interface Actor {
  id: string;
  handle: string;
  name: string;
}

export type Tier = "icon" | "animated" | "showpiece";

export interface GiftFacts {
  id: string;
  slug: string;
  name: string;
  coins: number;
  tier: Tier;
}

export interface Supporter {
  actor: Actor;
  coins: number;
}

interface Happening {
  id: string;
  at: string;
  room: string;
}

export interface GiftEvent extends Happening {
  type: "gift";
  actor: Actor | null;
  gift: GiftFacts;
  count: number;
  combo_id: string;
  seq: number;
  count_delta: number;
  count_total: number;
  coins_delta: number;
  coins_total: number;
  final: boolean;
  creator_diamonds?: number;
}

export interface ChatEvent extends Happening {
  type: "chat";
  actor: Actor;
  text: string;
}

export type RoomEvent =
  | GiftEvent
  | ChatEvent
  | (Happening & { type: "presence"; viewers: number })
  | (Happening & { type: "joined"; actors: Actor[]; count: number })
  | (Happening & { type: "supporters"; top: Supporter[] })
  | (Happening & { type: "summary"; gifts: number; coins_delta: number; messages: number })
  | (Happening & { type: "closed" });

/** To one account alone: its purse changed, or something of its own moved on. */
export type PrivateEvent =
  | { id: string; at: string; type: "wallet"; reason: string; coins?: number; held?: number; reference?: string }
  | { id: string; at: string; type: "notice"; kind: string; reference?: string; facts: Record<string, unknown> };

export interface Line {
  id: string;
  at: string;
  actor: Actor;
  text: string;
}

export interface Combo {
  combo_id: string;
  actor: Actor | null;
  gift: GiftFacts;
  seq: number;
  count_total: number;
  coins_total: number;
}

export interface RoomState {
  id: string;
  title: string;
  creator: Actor;
  status: string;
  started_at: string;
  viewers: number;
  coins: number;
  chat: Line[];
  combos: Combo[];
  supporters: Supporter[];
}
