/** The server's shapes under the names that the pages use. All of them come from its own description. */

import type { components } from "$lib/api/schema";
import type { Money } from "$lib/money";

type Shape = components["schemas"];

export type Account = Shape["Account"];
export type Actor = Shape["Actor"];
export type WalletView = Shape["Wallet"];
/** One act in the history. `coins` is negative when they left the purse. */
export type Entry = Shape["EntryShown"];
export type Gift = Shape["CatalogueGift"];
/** What a gift would cost now; `missing` coins are not priced yet. */
export type Quote = Shape["QuoteShown"];
export type Split = Shape["SplitShown"];
export type SentGift = Shape["SentGiftShown"];
export type RoomCard = Shape["RoomCard"];
export type Pack = Shape["PackShown"] & { offer?: { name: string; price: Money; promo_coins: number; is_first: boolean; until?: string } };
export type Packs = Omit<Shape["PacksShown"], "data"> & { data: Pack[] };
export type Method = Shape["MethodShown"];
export type Recharge = Shape["RechargeShown"] & {
  receipt?: { number: string; url: string };
  credit_notes?: { number: string; url: string }[];
  discount?: { name: string; amount: Money };
  original_price?: Money;
  tax_name?: string;
  tax_bps?: number;
  limit_left?: Money;
  saves_method?: boolean;
  saved?: { label: string };
};
/** What somebody told us about a payment, and what is done about it. */
export type Case = Shape["CaseShown"];
/** Ways to pay that the provider keeps, and the words that keeping one agrees to. */
export type SavedList = Shape["SavedList"];
export type SavedMethod = Shape["SavedShown"];
/** What buys by itself; only `state` is there while it was never set. */
export type AutoRecharge = Shape["AutoRechargeShown"];
/** One's second factors. */
export type Factors = Shape["FactorsShown"];
export type Health = Shape["StatusShown"];
/** What became of one order, and the one thing that helps. */
export type Diagnosis = Shape["DiagnosisShown"];
export type Redeemed = { coins: number; promo_coins: number; balance: number };
export type TermsText = { version: string; valid_from: string; text: string; is_current: boolean };
export type Earnings = Shape["EarningsShown"];
export type Received = Shape["ReceivedGiftShown"];
export type Comparison = { data: { pack_id: string; coins: number; channels: { channel: string; total: Money }[] }[] };
