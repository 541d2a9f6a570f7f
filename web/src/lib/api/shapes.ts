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
export type Earnings = Shape["EarningsShown"];
export type Received = Shape["ReceivedGiftShown"];
