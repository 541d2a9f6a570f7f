import type { Recharge } from "$lib/api/shapes";
import { describe, expect, it } from "vitest";
import { lastDecline, standing } from "../../src/features/recharge/standing";

const order = (status: Recharge["status"], timeline: Partial<Recharge["timeline"][number]>[] = []) =>
  ({ status, timeline: timeline.map((step) => ({ at: "", what: "", ...step })) }) as Recharge;

describe("how an order stands", () => {
  it("is open while nobody has paid", () => expect(standing(order("awaiting_payment"))).toBe("open"));
  it("offers another card after a decline", () => {
    const declined = order("awaiting_payment", [{ what: "declined", reason: "card_expired" }]);
    expect(standing(declined)).toBe("declined_once");
    expect(lastDecline(declined)).toBe("card_expired");
  });
  it("is credited although a card was declined on the way", () =>
    expect(standing(order("credited", [{ what: "declined" }, { what: "credited" }]))).toBe("credited"));
  it("has words for every state there is", () => {
    const states = ["review", "awaiting_payment", "processing", "credited", "declined", "cancelled", "expired", "partially_refunded", "refunded", "disputed", "lost"] as const;
    for (const state of states) expect(standing(order(state))).toBeTruthy();
  });
});
