/** A live room as this page follows it: its state, its streaks, its lines, and the stage. */

import { m } from "$lib/messages";
import { follow, type Connection } from "$lib/room/connection";
import type { GiftEvent, GiftFacts, PrivateEvent, RoomEvent, RoomState } from "$lib/room/events";
import { apply } from "$lib/room/reducer";
import { says } from "$lib/says.svelte";
import { session } from "$lib/session.svelte";
import { wallet } from "$lib/wallet.svelte";
import { readRoom } from "./api";
import { Show } from "./show.svelte";

const CARDS_MAX = 4;
const LINES_MAX = 60;
const CARD_LINGERS_MS = 2600;
const CARD_FORGOTTEN_MS = 7000;
const TOLD_EVERY_MS = 5000;
// Each drawing costs a slow phone a frame or two; what comes after a pause is drawn at once.
const DRAWN_EVERY_MS = 200;
const DRAWN_EVERY_MS_WHEN_SLOW = 500;

export interface Card {
  combo_id: string;
  name: string;
  handle: string;
  gift: GiftFacts;
  count: number;
  coins: number;
  isOwn: boolean;
}

export type ChatLine =
  | { kind: "said"; id: string; handle: string; name: string; text: string }
  | { kind: "gave"; id: string; handle: string; name: string; gift: GiftFacts; count: number }
  | { kind: "came"; id: string; text: string };

export class LiveRoom {
  state = $state.raw<RoomState | null>(null);
  trouble = $state.raw<unknown>(null);
  isConnected = $state(true);
  cards = $state.raw<Card[]>([]);
  lines = $state.raw<ChatLine[]>([]);
  show = new Show();
  connection: Connection | null = null;
  /** Hears every gift of the room, for pages that do more than draw it. */
  onGift: ((event: GiftEvent) => void) | null = null;
  onNotice: ((event: PrivateEvent) => void) | null = null;
  /** Hears that the picture is whole again, and that gifts may have come before it was. */
  onSeen: (() => void) | null = null;

  readonly id: string;
  /** Kept once the socket's own picture is here: from then on no gift goes unseen. */
  readonly whole: Promise<void>;
  #becomesWhole: () => void = () => undefined;
  #isOver = false;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #untold: GiftEvent[] = [];
  #undrawn: RoomEvent[] = [];
  #drawnAt = 0;
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #teller: ReturnType<typeof setInterval> | undefined;

  constructor(id: string) {
    this.id = id;
    this.whole = new Promise((resolve) => (this.#becomesWhole = resolve));
  }

  async start(): Promise<void> {
    try {
      this.#see(await readRoom(this.id));
    } catch (error) {
      this.trouble = error;
      return;
    }
    if (this.#isOver || this.state?.status === "closed") return;
    this.#teller = setInterval(() => this.#tell(), TOLD_EVERY_MS);
    await this.#connect();
  }

  stop(): void {
    this.#isOver = true;
    this.connection?.close();
    clearInterval(this.#teller);
    clearTimeout(this.#drawing);
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  async #connect(wait = 500): Promise<void> {
    try {
      const connection = await follow(this.id, {
        onSnapshot: (state) => {
          this.#see(state);
          this.#becomesWhole();
          this.onSeen?.();
        },
        onEvents: (events) => this.#hear(events),
        onPrivate: (event) => this.#hearPrivate(event),
        onConnected: (isConnected) => (this.isConnected = isConnected),
      });
      if (this.#isOver) connection.close();
      else this.connection = connection;
    } catch {
      this.isConnected = false;
      if (!this.#isOver) setTimeout(() => void this.#connect(Math.min(wait * 2, 8000)), wait);
    }
  }

  #see(state: RoomState): void {
    this.#draw();
    const isFirst = this.state === null;
    this.state = state;
    const gifts = isFirst ? [] : this.lines.filter((line) => line.kind === "gave");
    const said = state.chat.map((line): ChatLine => ({ kind: "said", id: line.id, handle: line.actor.handle, name: line.actor.name, text: line.text }));
    this.lines = [...gifts, ...said].slice(-LINES_MAX);
  }

  #hear(events: RoomEvent[]): void {
    this.#undrawn.push(...events);
    const every = this.show.pace.isSlow ? DRAWN_EVERY_MS_WHEN_SLOW : DRAWN_EVERY_MS;
    const wait = this.#drawnAt + every - performance.now();
    if (wait <= 0) this.#draw();
    else this.#drawing ??= setTimeout(() => this.#draw(), wait);
  }

  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    const events = this.#undrawn;
    let state = this.state;
    this.#undrawn = [];
    if (!state || !events.length) return;
    this.#drawnAt = performance.now();
    this.show.pace.look();
    const fresh: ChatLine[] = [];
    for (const event of events) {
      state = apply(state, event);
      if (event.type === "gift") this.#gifted(event, fresh);
      if (event.type === "chat")
        fresh.push({ kind: "said", id: event.id, handle: event.actor.handle, name: event.actor.name, text: event.text });
      if (event.type === "joined" && event.actors.length)
        fresh.push({ kind: "came", id: event.id, text: m.rooms.joined(event.actors[0]!.name, event.count - 1) });
    }
    this.state = state;
    this.#add(fresh);
  }

  /** A stream that resumes may tell a line again; it is shown once. */
  #add(fresh: ChatLine[]): void {
    const known = new Set(this.lines.map((line) => line.id));
    const lines = fresh.filter((line) => !known.has(line.id) && known.add(line.id));
    if (lines.length) this.lines = [...this.lines, ...lines].slice(-LINES_MAX);
  }

  #gifted(event: GiftEvent, fresh: ChatLine[]): void {
    const isOwn = event.actor !== null && event.actor.id === session.viewer?.id;
    const name = event.actor?.name ?? m.rooms.someone;
    const handle = event.actor?.handle ?? "?";
    const card = { combo_id: event.combo_id, name, handle, gift: event.gift, count: event.count_total, coins: event.coins_total, isOwn };
    // Whoever came in after the last gift of a streak need not see a card for its end.
    if (event.count_delta > 0 || this.cards.some((other) => other.combo_id === event.combo_id)) this.#card(card, event.final);
    this.show.add(event, isOwn);
    if (event.final) fresh.push({ kind: "gave", id: event.combo_id, handle, name, gift: event.gift, count: event.count_total });
    if (event.count_delta > 0) {
      if (!isOwn) this.#untold.push(event);
      this.onGift?.(event);
    }
  }

  /** A streak's card grows where it stands; the oldest gives way to a new one. */
  #card(card: Card, isFinal: boolean): void {
    // The same gift from the same person again takes over the card of the streak before.
    const isSame = (other: Card) =>
      other.combo_id === card.combo_id || (other.handle === card.handle && other.gift.slug === card.gift.slug);
    const place = this.cards.findIndex(isSame);
    this.cards = place >= 0 ? this.cards.with(place, card) : [...this.cards, card].slice(-CARDS_MAX);
    clearTimeout(this.#timers.get(card.combo_id));
    const forget = () => {
      this.#timers.delete(card.combo_id);
      this.cards = this.cards.filter((other) => other.combo_id !== card.combo_id);
    };
    this.#timers.set(card.combo_id, setTimeout(forget, isFinal ? CARD_LINGERS_MS : CARD_FORGOTTEN_MS));
  }

  #hearPrivate(event: PrivateEvent): void {
    if (event.type === "wallet" && event.coins !== undefined) wallet.hear(event.coins);
    else void wallet.refresh();
    this.onNotice?.(event);
  }

  /** Gifts are told to screen readers in groups, so that a flood stays bearable. */
  #tell(): void {
    if (!this.#untold.length) return;
    const [first] = this.#untold;
    const gifts = this.#untold.reduce((sum, event) => sum + event.count_delta, 0);
    const coins = this.#untold.reduce((sum, event) => sum + event.coins_delta, 0);
    const people = new Set(this.#untold.map((event) => event.actor?.id ?? "")).size;
    says.quietly(
      people === 1
        ? m.rooms.toldOne(first!.actor?.name ?? m.rooms.someone, gifts, first!.gift.name, coins)
        : m.rooms.toldMany(people, gifts, coins),
    );
    this.#untold = [];
  }
}
