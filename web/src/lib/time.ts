/** Times as people read them, in their own zone. */

const locale = (): string => document.documentElement.lang || "en";

export function formatTime(at: string): string {
  return new Date(at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
}

export function formatMoment(at: string): string {
  return new Date(at).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
}

export function formatDay(at: string): string {
  return new Date(at).toLocaleDateString(locale(), { weekday: "long", day: "numeric", month: "long" });
}

/** Which day it is there, as a key for grouping. */
export const dayOf = (at: string): string => new Date(at).toDateString();
