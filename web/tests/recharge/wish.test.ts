import type { Method, SavedMethod } from "$lib/api/shapes";
import { describe, expect, it } from "vitest";
import { firstChoice, isUsable, wishOf } from "../../src/features/recharge/wish";

const method = (code: string, is_available = true) => ({ code, name: code, is_available }) as Method;
const kept = (id: string, is_default = false, of = "card") => ({ id, method: of, label: id, is_default }) as SavedMethod;
const choice = { pack: "pck_1", exact: null, way: "card", coupon: "", saves: false };

describe("what a person chose", () => {
  it("is a pack and a method", () => expect(wishOf(choice, [])).toEqual({ pack_id: "pck_1", method: "card", save_method: false }));
  it("is an exact number of coins where they typed one", () =>
    expect(wishOf({ ...choice, pack: "exact", exact: 420 }, [])).toEqual({ coins: 420, method: "card", save_method: false }));
  it("names what is kept, and does not ask to keep it again", () =>
    expect(wishOf({ ...choice, way: "svm_1", saves: true }, [kept("svm_1")])).toEqual({ pack_id: "pck_1", method: "card", saved_method_id: "svm_1", save_method: false }));
  it("carries consent and coupon only where there is one", () =>
    expect(wishOf({ ...choice, coupon: " SPRING ", saves: true }, [])).toEqual({ pack_id: "pck_1", method: "card", coupon: "SPRING", save_method: true }));
});

describe("what is chosen first", () => {
  const methods = [method("card", false), method("paypal")];
  it("is the usual way that is kept", () => expect(firstChoice([kept("a"), kept("b", true)], [method("card")])).toBe("b"));
  it("is never one that does not work now", () => {
    expect(firstChoice([kept("a", true)], methods)).toBe("paypal");
    expect(isUsable("a", [kept("a")], methods)).toBe(false);
    expect(firstChoice([], [method("card", false)])).toBe("");
  });
});
