// @vitest-environment node
import { beforeAll, describe, expect, it } from "vitest";

beforeAll(() => {
  (globalThis as { document?: unknown }).document = { documentElement: { lang: "en" } };
});

const { exactMoney, formatCount, formatExact, formatFine, formatMoney, formatRate, parseMoney, partOf, partsOf, roundUp, sum, times, typedMoney } = await import("$lib/money");

const usd = (amount: number, decimal_places = 6) => ({ amount, currency: "USD", decimal_places });

describe("amounts as people read them", () => {
  it("separates thousands of coins", () => expect(formatCount(1250)).toBe("1,250"));
  it("rounds micro-money half up to cents", () => {
    expect(formatMoney(usd(125_000))).toBe("$0.13");
    expect(formatMoney(usd(124_999))).toBe("$0.12");
    expect(formatMoney(usd(-125_000))).toBe("-$0.13");
  });
  it("shows one more digit below ten cents, so that a rose is not one cent", () => {
    expect(formatFine(usd(14_283))).toBe("$0.014");
    expect(formatFine(usd(128_547))).toBe("$0.13");
    expect(formatFine(usd(0))).toBe("$0.00");
  });
  it("keeps every digit when asked, and no empty ones", () => {
    expect(formatExact(usd(14_283))).toBe("$0.014283");
    expect(formatExact(usd(14_000))).toBe("$0.014");
    expect(formatExact(usd(500_000))).toBe("$0.50");
  });
  it("knows currencies without decimals", () =>
    expect(formatMoney({ amount: 150_000_000, currency: "JPY", decimal_places: 6 })).toBe("¥150"));
  it("is exact beyond what a float can hold", () =>
    expect(formatMoney(usd(9_007_199_254_740_991, 2))).toBe("$90,071,992,547,409.91"));
});

describe("reckoning with whole numbers", () => {
  it("multiplies without losing a unit", () => expect(times(usd(14_283), 1314).amount).toBe(18_767_862));
  it("adds", () => expect(sum(usd(5_000), usd(9_283)).amount).toBe(14_283));
  it("draws parts of nothing as nothing", () => expect(partsOf([usd(0), usd(0)])).toEqual([0, 0]));
  it("fills a limit to the brim and never over it", () => {
    expect(partOf(usd(50), usd(200))).toBe(25);
    expect(partOf(usd(900), usd(200))).toBe(100);
    expect(partOf(usd(0), usd(0))).toBe(100);
  });
});

describe("the price of an exact amount", () => {
  const pack = (coins: number, amount: number) => ({
    coins,
    price: { amount, currency: "USD", decimal_places: 2, display: `$${(amount / 100).toFixed(2)}` },
  });
  const packs = [pack(70, 99), pack(350, 499), pack(700, 999)];

  it("is the pack's own price when it is a pack", () => expect(exactMoney(350, packs)).toBe("$4.99"));
  it("never undercuts a smaller pack", () => expect(exactMoney(71, packs)).toBe("$1.02"));
  it("goes on at the biggest pack's rate", () => expect(exactMoney(1400, packs)).toBe("$19.98"));
  it("reads past an offer, which is for the whole pack", () => {
    const reduced = packs.map((pack) => ({ ...pack, original_price: pack.price, price: { ...pack.price, amount: 1 } }));
    expect(exactMoney(71, reduced)).toBe("$1.02");
  });
  it("says nothing about half a coin", () => expect(exactMoney(1.5, packs)).toBeNull());
});

describe("amounts and rates as people write them", () => {
  it("shows a tax rate without digits that say nothing", () => {
    expect(formatRate(1900)).toBe("19%");
    expect(formatRate(825)).toBe("8.25%");
  });
  it("reads what is typed in the currency's smallest unit, with either point", () => {
    expect(parseMoney("50", "USD")).toBe(5000);
    expect(parseMoney(" 49,9 ", "EUR")).toBe(4990);
    expect(parseMoney("0.29", "USD")).toBe(29);
    expect(parseMoney("480", "JPY")).toBe(480);
    expect(parseMoney("1.250", "KWD")).toBe(1250);
  });
  it("takes nothing that is no amount of this currency", () => {
    for (const typed of ["", "abc", "-5", "1e3", "4.999", "1 000"]) expect(parseMoney(typed, "USD")).toBeNull();
    expect(parseMoney("4.8", "JPY")).toBeNull();
  });
  it("writes an amount into a field as it would be typed", () => {
    expect(typedMoney(usd(4990, 2))).toBe("49.90");
    expect(typedMoney({ amount: 480, currency: "JPY", decimal_places: 0 })).toBe("480");
  });
  it("rounds up to what a person would name", () => {
    expect(roundUp(usd(1996, 2)).amount).toBe(2000);
    expect(roundUp(usd(2000, 2)).amount).toBe(2000);
    expect(roundUp({ amount: 1921, currency: "JPY", decimal_places: 0 }).amount).toBe(1925);
  });
});
