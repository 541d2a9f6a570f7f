import type { Recharge } from "$lib/api/shapes";
import { describe, expect, it } from "vitest";
import { m } from "../../src/lib/messages";
import { cameLate, isMoving, lastDecline, mayBePaid, standing } from "../../src/features/recharge/standing";

type Steps = Partial<Recharge["timeline"][number]>[];
const order = (status: Recharge["status"], timeline: Steps = [], more: Partial<Recharge> = {}) =>
  ({ status, timeline: timeline.map((step) => ({ at: "", what: "", ...step })), ...more }) as Recharge;

describe("how an order stands", () => {
  it("is open while nobody has paid", () => expect(standing(order("awaiting_payment"))).toBe("open"));
  it("offers another card after a decline", () => {
    const declined = order("awaiting_payment", [{ what: "declined", reason: "card_expired" }]);
    expect(standing(declined)).toBe("declined_once");
    expect(lastDecline(declined)).toBe("card_expired");
  });
  it("is credited although a card was declined on the way", () =>
    expect(standing(order("credited", [{ what: "declined" }, { what: "credited" }]))).toBe("credited"));
  it("asks for the bank's question to be answered, also after a decline", () =>
    expect(standing(order("awaiting_payment", [{ what: "declined" }, { what: "action_required" }]))).toBe("authenticate"));
  it("says that the provider is silent only while there is no page to pay on", () => {
    const silent: Steps = [{ what: "confirmed" }, { what: "provider_silent" }];
    expect(standing(order("awaiting_payment", silent))).toBe("asking");
    expect(standing(order("awaiting_payment", silent, { checkout_url: "https://pay.example/1" }))).toBe("open");
  });
  it("shows a code where only a phone's app can open the page", () =>
    expect(standing(order("awaiting_payment", [], { checkout_url: "weixin://wxpay/bizpayurl?pr=1" }))).toBe("scan"));
  it("tells that a person looks at money that did not fit, whatever else ended the order", () => {
    for (const state of ["awaiting_payment", "expired", "cancelled", "declined"] as const)
      expect(standing(order(state, [{ what: "set_aside" }]))).toBe("set_aside");
  });
  it("is on its way back until the provider has answered", () => {
    const refund = (status: string) => ({ refund: { status } }) as Partial<Recharge>;
    expect(standing(order("credited", [], refund("pending")))).toBe("refunding");
    expect(standing(order("credited", [], refund("failed")))).toBe("credited");
  });
  it("knows coins that came after the offer had run out", () => {
    expect(cameLate(order("credited", [{ what: "credited", late: true }]))).toBe(true);
    expect(cameLate(order("credited", [{ what: "credited" }]))).toBe(false);
  });
  it("has words for every state there is, and asks no provider about what is over", () => {
    const states = ["review", "awaiting_payment", "processing", "credited", "declined", "cancelled", "expired", "partially_refunded", "refunded", "disputed", "lost"] as const;
    for (const state of states) expect(m.recharge.outcome[standing(order(state))].title).toBeTruthy();
    for (const state of ["credited", "refunded", "disputed", "lost"] as const) {
      expect(mayBePaid(standing(order(state)))).toBe(false);
      expect(isMoving(standing(order(state)))).toBe(false);
    }
  });
});
