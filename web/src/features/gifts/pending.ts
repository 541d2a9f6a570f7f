/** A gift that waits for coins: kept over the visit to the payment page, with its key. */

const KEPT = "largesse.pending-gift";

export interface PendingGift {
  room: string;
  creator: string;
  gift: string;
  name: string;
  count: number;
  coins: number;
  key: string;
}

export function keepPending(gift: PendingGift): void {
  sessionStorage.setItem(KEPT, JSON.stringify(gift));
}

export function readPending(): PendingGift | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  } catch {
    return null;
  }
}

/** Takes the gift out, if it is for this room: it is sent once, whatever happens next. */
export function takePending(room: string): PendingGift | null {
  const pending = readPending();
  if (pending?.room !== room) return null;
  sessionStorage.removeItem(KEPT);
  return pending;
}

export function dropPending(): void {
  sessionStorage.removeItem(KEPT);
}
