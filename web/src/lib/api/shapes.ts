/** The server's shapes under the names that the pages use. All of them come from its own description. */

import type { components } from "$lib/api/schema";

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
export type Pack = Shape["PackShown"];
export type Packs = Shape["PacksShown"];
export type Method = Shape["MethodShown"];
export type Recharge = Shape["RechargeShown"];
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
/** What a gift code brought. */
export type Redeemed = Shape["Redeemed"];
/** A version of the terms; paragraphs are parted by an empty line. */
export type TermsText = Shape["TermsText"];
export type Earnings = Shape["EarningsShown"];
export type Received = Shape["ReceivedGiftShown"];
/** The same coins in every channel. */
export type Comparison = Shape["Comparison"];
