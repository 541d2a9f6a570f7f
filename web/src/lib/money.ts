/** The only place that formats or adds coins and money. Integers throughout: nothing here is a float. */

export interface Money {
  amount: number;
  currency: string;
  decimal_places: number;
  display: string;
}

const locale = (): string => document.documentElement.lang || "en";

/** Coins and diamonds as people read them: 1,250. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat(locale()).format(count);
}

/** A viewer count that fits a chip: 1,250 becomes 1.3K. */
export function formatShort(count: number): string {
  return new Intl.NumberFormat(locale(), { notation: "compact", maximumFractionDigits: 1 }).format(count);
}

/** Money the server did not format itself, exact to the last digit it carries. */
export function formatMoney(money: Omit<Money, "display">, digits = currencyDigits(money.currency)): string {
  const units = rescale(BigInt(money.amount), money.decimal_places, digits);
  return new Intl.NumberFormat(locale(), {
    style: "currency",
    currency: money.currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(decimal(units, digits) as Intl.StringNumericLiteral);
}

/**
 * Finely counted money as a person wants to read it.
 * Below ten of the smallest unit one more digit is shown, so that a rose is $0.014 and not $0.01.
 */
export function formatFine(money: Omit<Money, "display">): string {
  const digits = currencyDigits(money.currency);
  const units = rescale(BigInt(money.amount), money.decimal_places, digits);
  const small = units < 10n && units > -10n && money.amount !== 0 && money.decimal_places > digits;
  return formatMoney(money, small ? digits + 1 : digits);
}

/** A rate in hundredths of a percent as people read it: 825 is 8.25%. */
export function formatRate(bps: number): string {
  const whole = decimal(BigInt(bps), 4) as Intl.StringNumericLiteral;
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 2 }).format(whole);
}

/** What `count` coins cost when one costs `each`. */
export function times(each: Omit<Money, "display">, count: number): Omit<Money, "display"> {
  return { ...each, amount: Number(BigInt(each.amount) * BigInt(count)) };
}

function currencyDigits(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** What somebody typed, such as "50" or "49.90", in the currency's smallest unit; null when it is no amount. */
export function parseMoney(typed: string, currency: string): number | null {
  const digits = currencyDigits(currency);
  const match = /^\s*(\d{1,9})(?:[.,](\d{0,3}))?\s*$/.exec(typed);
  const fraction = match?.[2] ?? "";
  if (!match || fraction.length > digits) return null;
  return Number.parseInt(match[1]! + fraction.padEnd(digits, "0"), 10);
}

/** An amount as it is typed into a field: "49.90". */
export function typedMoney(money: Omit<Money, "display">): string {
  return decimal(BigInt(money.amount), money.decimal_places);
}

/** The next amount that a person would name: a whole multiple of five of the currency's unit. */
export function roundUp<M extends Omit<Money, "display">>(money: M): M {
  const step = 5n * 10n ** BigInt(money.decimal_places);
  return { ...money, amount: Number(((BigInt(money.amount) + step - 1n) / step) * step) };
}

/** Moves the decimal point, rounding half away from zero when digits are dropped. */
function rescale(amount: bigint, from: number, to: number): bigint {
  if (to >= from) return amount * 10n ** BigInt(to - from);
  const step = 10n ** BigInt(from - to);
  const half = amount < 0n ? -step / 2n : step / 2n;
  return (amount + half) / step;
}

function decimal(units: bigint, digits: number): string {
  const sign = units < 0n ? "-" : "";
  const text = (units < 0n ? -units : units).toString().padStart(digits + 1, "0");
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Money to the last digit that is not zero, never fewer than the currency's own. */
export function formatExact(money: Omit<Money, "display">): string {
  const least = currencyDigits(money.currency);
  let { amount, decimal_places } = money;
  while (decimal_places > least && amount % 10 === 0) {
    amount /= 10;
    decimal_places -= 1;
  }
  return formatMoney({ ...money, amount, decimal_places }, Math.max(least, decimal_places));
}

/** Two amounts of one currency and one precision. */
export function sum(one: Omit<Money, "display">, other: Omit<Money, "display">): Omit<Money, "display"> {
  return { ...one, amount: one.amount + other.amount };
}

/** Amounts as widths of a picture, in thousandths of their sum. Not for reckoning. */
export function partsOf(amounts: Omit<Money, "display">[]): number[] {
  const whole = amounts.reduce((total, money) => total + BigInt(money.amount), 0n);
  return amounts.map((money) => (whole > 0n ? Number((BigInt(money.amount) * 1000n) / whole) : 0));
}

interface Priced {
  coins: number;
  price: Money;
  original_price?: Money;
}

/**
 * About what any number of coins costs, read off the packs as `recharge/price.py` does.
 * The review shows the server's own figure; this one only helps to choose.
 */
export function exactMoney(coins: number, packs: Priced[]): string | null {
  if (!packs.length || !Number.isSafeInteger(coins)) return null;
  const bySize = packs.toSorted((one, other) => one.coins - other.coins);
  const following = bySize.find((pack) => pack.coins >= coins) ?? bySize.at(-1)!;
  if (following.coins === coins) return following.price.display;
  // A number in between costs what it does without offers: those are for whole packs.
  const listed = (pack: Priced) => BigInt((pack.original_price ?? pack.price).amount);
  const size = BigInt(following.coins);
  const byRate = (BigInt(coins) * listed(following) + size - 1n) / size;
  const floors = packs.filter((pack) => pack.coins < coins).map(listed);
  const amount = [byRate, ...floors].reduce((one, other) => (other > one ? other : one));
  return formatMoney({ ...following.price, amount: Number(amount) });
}

/** How much of a limit is used, in whole percent and never over 100. Not for reckoning. */
export function partOf(used: Omit<Money, "display">, limit: Omit<Money, "display">): number {
  if (limit.amount <= 0) return 100;
  const percent = (BigInt(used.amount) * 100n) / BigInt(limit.amount);
  return percent > 100n ? 100 : Number(percent);
}
