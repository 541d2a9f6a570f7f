/** What is said aloud to a screen reader and shown as a toast. One place, so that only the topmost layer speaks. */

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "good" | "bad";
}

class Says {
  polite = $state("");
  assertive = $state("");
  toasts = $state<Toast[]>([]);
  /** Open sheets; the last one shows toasts and speaks, because a dialog silences what is under it. */
  layers = $state<symbol[]>([]);
  #next = 0;

  quietly(text: string): void {
    this.polite = text;
  }

  now(text: string): void {
    // A repeated sentence is not announced again unless it changes.
    this.assertive = this.assertive === text ? `${text} ` : text;
  }

  toast(text: string, tone: Toast["tone"] = "plain"): void {
    const id = this.#next++;
    this.toasts = [...this.toasts.slice(-2), { id, text, tone }];
    this.now(text);
    setTimeout(() => this.dismiss(id), 6000);
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  isTop(layer: symbol | null): boolean {
    return layer === null ? this.layers.length === 0 : this.layers.at(-1) === layer;
  }
}

export const says = new Says();
