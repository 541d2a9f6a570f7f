/** Which of our own signs stands for a way to pay: by how one pays, never by whose it is. Pure. */

export const signs = {
  card: { body: "M4 7a3 3 0 0 1 3-3h18a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3z", line: "M4 9.5h24M8 15.5h5" },
  wallet: { body: "M5 7.5h20a3 3 0 0 1 3 3V18a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V7.5z", line: "M4 7.5C4 6 5 5.3 6 5L21 2.5c1.2-.2 2 .5 2 1.7v3.3M28 12.5h-5a1.8 1.8 0 0 0 0 3.6h5" },
  tap: { body: "M7 5a2.5 2.5 0 0 1 2.5-2.5h6A2.5 2.5 0 0 1 18 5v14a2.5 2.5 0 0 1-2.5 2.5h-6A2.5 2.5 0 0 1 7 19z", line: "M11.5 18.5h2M21.5 8.5a6 6 0 0 1 0 7M24.8 6a10 10 0 0 1 0 12" },
  watch: { body: "M9 9a3 3 0 0 1 3-3h5a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-5a3 3 0 0 1-3-3z", line: "M11 6l.7-3.5h5.6L18 6M11 18l.7 3.5h5.6L18 18M22.8 9.5a4.5 4.5 0 0 1 0 5M25.6 7.3a8 8 0 0 1 0 9.4" },
  phone: { body: "M10 5a2.5 2.5 0 0 1 2.5-2.5h7A2.5 2.5 0 0 1 22 5v14a2.5 2.5 0 0 1-2.5 2.5h-7A2.5 2.5 0 0 1 10 19z", line: "M16 15.5V8M13.2 10.6L16 7.8l2.8 2.8M14.5 18.5h3" },
  bank: { body: "M16 2.8L28 9H4z", line: "M8 12v5.5M13.3 12v5.5M18.7 12v5.5M24 12v5.5M5 20.8h22" },
  bolt: { body: "M18.5 2.5L8.5 13.5h6l-1.5 8 10-11h-6z", line: "" },
  scan: { body: "M8 4.5h6v6H8zM18 4.5h6v6h-6zM8 14.5h6v6H8z", line: "M18 14.5h2.5v2.5M24 14.5v.1M18 20.5h.1M21.5 20.5H24v-2.5" },
  chat: { body: "M7 3.5h18a3 3 0 0 1 3 3V15a3 3 0 0 1-3 3H14l-5.5 3.5V18H7a3 3 0 0 1-3-3V6.5a3 3 0 0 1 3-3z", line: "M10 8h3.5v3.5H10zM18.5 8H22v3.5h-3.5zM11.5 14.5h.1M16 14.5h6" },
  shop: { body: "M6.5 3.5h19L28 9.5a2.7 2.7 0 0 1-4 1.5 3.6 3.6 0 0 1-4 0 3.6 3.6 0 0 1-4 0 3.6 3.6 0 0 1-4 0 3.6 3.6 0 0 1-4 0 2.7 2.7 0 0 1-4-1.5z", line: "M6.5 12.5v8.5h19v-8.5M13.5 21v-5.5h5V21" },
  slip: { body: "M7 2.5h18v19l-3-2-3 2-3-2-3 2-3-2-3 2z", line: "M11 7v6M13.5 7v6M16.5 7v6M18.5 7v6M21 7v6M11 16h10" },
  store: { body: "M7.5 8h17l1.5 11.5a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2z", line: "M12 11V6.5a4 4 0 0 1 8 0V11" },
  code: { body: "M4 6.5a2 2 0 0 1 2-2h20a2 2 0 0 1 2 2v3a2.5 2.5 0 0 0 0 5v3a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-3a2.5 2.5 0 0 0 0-5z", line: "M12.5 4.5v2M12.5 10v2M12.5 15.5v4M17 12h6" },
} as const;

export type Sign = keyof typeof signs;

const byCode: Record<string, Sign> = {
  card: "card",
  paypal: "wallet",
  gopay: "wallet",
  grabpay: "wallet",
  mercado_pago: "wallet",
  google_pay: "tap",
  apple_pay: "watch",
  link: "bolt",
  pix: "bolt",
  upi: "phone",
  swish: "phone",
  twint: "phone",
  mobilepay: "phone",
  blik: "phone",
  alipay: "scan",
  paypay: "scan",
  paynow: "scan",
  promptpay: "scan",
  wechat_pay: "chat",
  wechat: "chat",
  kakao_pay: "chat",
  konbini: "shop",
  oxxo: "slip",
  boleto: "slip",
  multibanco: "slip",
  ideal: "bank",
  bancontact: "bank",
  eps: "bank",
  p24: "bank",
  fpx: "bank",
  knet: "bank",
  sofort: "bank",
  apple_iap: "store",
  google_play: "store",
  gift_code: "code",
};

export function signOf(code: string): Sign {
  if (byCode[code]) return byCode[code];
  return /(debit|transfer|bank)/.test(code) ? "bank" : "wallet";
}
