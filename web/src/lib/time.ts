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

/** "April 2030", for what ends with its month. Read as a date of the calendar, in no zone. */
export function formatMonth(at: string): string {
  return new Date(`${at.slice(0, 10)}T12:00:00Z`).toLocaleDateString(locale(), { month: "long", year: "numeric", timeZone: "UTC" });
}

/** "3 December 2026". */
export function formatDate(at: string): string {
  return new Date(at).toLocaleDateString(locale(), { day: "numeric", month: "long", year: "numeric" });
}

/** When something ends, as short as it can be said: the hour if it is near, else the day. */
export function formatEnd(at: string, now: Date = new Date()): string {
  const isNear = new Date(at).getTime() - now.getTime() < 24 * 3_600_000;
  return isNear ? formatTime(at) : new Date(at).toLocaleDateString(locale(), { day: "numeric", month: "short" });
}
