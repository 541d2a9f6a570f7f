import { describe, expect, it } from "vitest";
import { signOf, signs } from "../../src/features/recharge/marks";

// Every way to pay that the seeded price lists offer.
const seeded = ["card", "paypal", "google_pay", "apple_pay", "pix", "upi", "gopay", "konbini", "oxxo", "sepa_debit", "alipay", "wechat_pay", "kakao_pay", "knet", "paypay"];

describe("the sign of a way to pay", () => {
  it("is drawn for each that is seeded", () => {
    for (const code of seeded) expect(signs[signOf(code)].body).not.toBe("");
  });
  it("tells apart what stands in one country's list", () => {
    for (const list of [
      ["card", "paypal", "google_pay", "apple_pay"],
      ["card", "paypal", "google_pay", "apple_pay", "sepa_debit", "alipay", "wechat_pay"],
      ["card", "paypal", "google_pay", "apple_pay", "konbini", "alipay", "wechat_pay"],
      ["card", "google_pay", "apple_pay", "knet"],
      ["card", "google_pay", "apple_pay", "kakao_pay"],
      ["card", "paypal", "google_pay", "apple_pay", "oxxo"],
    ]) {
      expect(new Set(list.map(signOf)).size).toBe(list.length);
    }
  });
  it("is a bank for any debit or transfer, and a wallet for what is new to us", () => {
    expect(signOf("bacs_debit")).toBe("bank");
    expect(signOf("some_bank_transfer")).toBe("bank");
    expect(signOf("zinnia_pay")).toBe("wallet");
  });
});
