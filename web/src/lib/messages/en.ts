/** English. Plain, short, second person; nothing is shouted about money. */

import { formatCount } from "$lib/money";

const one = new Intl.PluralRules("en");

/** "1 coin", "3 coins". */
function counted(count: number, single: string, many: string): string {
  return `${formatCount(count)} ${one.select(count) === "one" ? single : many}`;
}

/** "a rose" said many times: "roses". Gift names are ordinary English nouns. */
function many(name: string, count: number): string {
  const noun = name.toLowerCase();
  if (count === 1 || noun.endsWith("s")) return noun;
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(x|ch|sh|z)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

/** "the rose", "your 3 roses". */
const theGift = (name: string, count: number): string =>
  count === 1 ? `the ${many(name, 1)}` : `${formatCount(count)} ${many(name, count)}`;

const declines: Record<string, string> = {
  card_declined: "Your bank declined this card. Another card or another way to pay usually works.",
  insufficient_funds: "There is not enough money on this card.",
  authentication_failed: "Your bank could not confirm that it was you.",
  card_expired: "This card has expired.",
  wrong_details: "A number on the card form was not right.",
  method_unavailable: "This way to pay is not working right now.",
};

const steps: Record<string, string> = {
  quoted: "Price offered",
  confirmed: "You agreed to the price",
  checkout_opened: "Payment page opened",
  provider_silent: "The payment provider did not answer yet",
  action_required: "Your bank asked you to confirm",
  processing: "Your bank is working on it",
  credited: "Coins credited",
  cancelled: "Cancelled",
  expired: "Time ran out",
  abandoned: "The payment page was left",
  set_aside: "The payment did not match the order and is being looked at",
  refunded: "Refunded",
  partially_refunded: "Partly refunded",
  dispute_opened: "Disputed at the bank",
  dispute_won: "Dispute ended in our favour",
  dispute_lost: "Dispute ended against us",
};

const kinds: Record<string, (who: string | null) => string> = {
  gift: (who) => (who ? `Gift to ${who}` : "Gift"),
  recharge: () => "Recharge",
  bonus: () => "Bonus coins",
  promo_expired: () => "Bonus coins expired",
  refund: () => "Refund",
  highlight: (who) => (who ? `Highlighted message for ${who}` : "Highlighted message"),
  membership: (who) => (who ? `Membership of ${who}` : "Membership"),
};

export const en = {
  product: "Largesse",
  title: (page: string) => `${page} · Largesse`,
  close: "Close",
  dismiss: "Dismiss",
  retry: "Try again",
  loading: "Loading",
  notices: "Notices",

  coins: { word: (count: number) => (count === 1 ? "coin" : "coins") },
  diamonds: { word: (count: number) => (count === 1 ? "diamond" : "diamonds") },

  nav: {
    label: "Main",
    skip: "Skip to content",
    home: "Largesse, live rooms",
    live: "Live",
    wallet: "Wallet",
    studio: "Studio",
    me: "Me",
    meOf: (handle: string) => `Me, ${handle}`,
    purse: (coins: number) => `Recharge, ${counted(coins, "coin", "coins")} now`,
  },

  stale: { text: "A newer Largesse is here. Your coins and drafts are safe.", reload: "Reload" },
  offline: {
    banner: "You are offline. Nothing is lost; we go on when the network is back.",
    title: "We cannot reach Largesse",
    text: "Check your connection. Your coins are safe on the server.",
  },
  missing: { title: "There is nothing here", text: "The address may be old or mistyped.", home: "See who is live" },

  trouble: {
    unreachable: "No answer from the server. Check your connection and try again; nothing is done twice.",
    ours: "Something broke on our side. Nothing was taken. Try again.",
    codes: {
      sign_in_required: "Sign in first, then go on where you were.",
      sign_in_refused: "Name and password do not match. Check both.",
      rate_limited: "That was a little fast. Wait a moment and try again.",
      unavailable: "Largesse is catching its breath. Try again in a moment; nothing was taken.",
      age_restricted: "Coins are for adults. Watching and chatting stay open to you.",
    } as Record<string, string>,
  },

  people: {
    signIn: "Sign in",
    signUp: "Sign up",
    signOut: "Sign out",
    welcomeBack: "Welcome back",
    signInText: "Your coins are where you left them.",
    signUpText: "Watch, talk, and give with every split in the open.",
    login: "Handle or e-mail",
    handle: "Handle",
    handleHint: "2 to 24 letters, digits, dots or underscores. Others see it.",
    email: "E-mail",
    password: "Password",
    passwordHint: "A few words that do not belong together are best.",
    birthDate: "Date of birth",
    birthDateHint: "Coins are for adults. Nobody else sees this.",
    country: "Country",
    countryHint: "Sets your prices, currency and ways to pay.",
    newHere: "New here?",
    known: "Already have an account?",
  },

  me: { menu: "Menu", balance: "Balance", appearance: "Appearance", system: "System", light: "Light", dark: "Dark" },

  rooms: {
    live: "LIVE",
    feedTitle: "Live now",
    feedTrouble: "The live rooms did not load",
    quietTitle: "It is quiet right now",
    quietText: "Nobody is live. The first room could be yours.",
    watching: (count: number) => `${counted(count, "person", "people")} watching`,
    viewersWord: "watching",
    coinsSoFar: "Coins given in this live",
    titleOf: (creator: string) => `${creator} live`,
    stageOf: (creator: string) => `${creator}'s stage`,
    liveNow: "Live now",
    foldList: "Fold or unfold the list of live rooms",
    leave: "Leave the room",
    topThree: "Top three supporters",
    supporter: (name: string, coins: number) => `${name}, ${counted(coins, "coin", "coins")}`,
    reconnecting: "Reconnecting",
    streaks: "Gift streaks",
    chat: "Chat",
    newest: "Newest messages",
    message: "Message",
    say: "Send message",
    sayOf: (creator: string) => (creator ? `Say something to ${creator}` : "Say something"),
    signInToTalk: "Sign in to chat and give",
    notSaid: "Not sent: the connection is away. Your text is kept.",
    share: "Share this room",
    linkCopied: "Link copied",
    someone: "Someone",
    joined: (name: string, others: number) => (others > 0 ? `${name} and ${counted(others, "other", "others")} came in` : `${name} came in`),
    over: (creator: string) => `${creator}'s live has ended`,
    overText: "Thank you for being here.",
    others: "See who else is live",
    noRoom: "This room does not exist",
    noRoomText: "It may have been removed, or the link is mistyped.",
    toldOne: (name: string, count: number, gift: string, coins: number) =>
      `${name} sent ${formatCount(count)} ${many(gift, count)}, ${counted(coins, "coin", "coins")}`,
    toldMany: (people: number, gifts: number, coins: number) =>
      `${counted(people, "person", "people")} sent ${counted(gifts, "gift", "gifts")}, ${counted(coins, "coin", "coins")}`,
  },

  gifts: {
    open: "Send a gift",
    strip: "Gifts",
    all: "All gifts",
    sheet: (creator: string) => `Send a gift to ${creator}`,
    shelves: "Gift shelves",
    shelf: { popular: "Popular", event: "Event", member: "Member", all: "All" },
    emptyShelf: {
      popular: "No gifts right now.",
      event: "No event is on. Event gifts appear here with their dates.",
      member: "Gifts for members of this creator will appear here.",
      all: "No gifts right now.",
    },
    choose: "Choose a gift",
    howMany: "How many",
    count: "Number of gifts",
    balance: "Balance:",
    send: (name: string, count: number, coins: number) =>
      `Send ${count === 1 ? many(name, 1) : `${formatCount(count)} ${many(name, count)}`} · ${counted(coins, "coin", "coins")}`,
    sendNothing: "Type how many",
    realMoney: (yours: string, creator: string, theirs: string) => `≈ ${yours} of yours, ${creator} receives ${theirs}. Final once sent.`,
    realMoneyOnly: (yours: string) => `≈ ${yours} of yours. Final once sent.`,
    short: (missing: number) => `You need ${counted(missing, "more coin", "more coins")} for this.`,
    final: "Gifts are final once sent.",
    sent: (name: string, count: number, coins: number, balance: number) =>
      `Sent ${formatCount(count)} ${many(name, count)} for ${counted(coins, "coin", "coins")}. Balance ${counted(balance, "coin", "coins")}.`,
    sentShort: (name: string, count: number) => (count === 1 ? name : `${name} ×${formatCount(count)}`),
    sentName: (name: string, count: number) => (count === 1 ? `sent ${name}` : `sent ${name} ×${formatCount(count)}`),
    split: (yours: string, creator: string, theirs: string) => `${yours} of yours, ${creator} receives ${theirs}`,
    whoGetsWhat: "Who gets what",
    skip: "Skip animation",
  },

  split: {
    creator: (name: string) => `${name} receives`,
    platform: "Platform",
    fees: "Payment fees",
    tax: "Tax",
    promotion: "Added by the house for bonus coins",
    paid: "Paid by the viewer",
    youPaid: "You paid",
    diamonds: (name: string) => `Diamonds for ${name}`,
  },

  recharge: {
    title: "Recharge",
    choose: "How many coins",
    payWith: "Pay with",
    bonus: (coins: number) => `+${formatCount(coins)} bonus`,
    before: "before",
    perCoin: (price: string) => `${price} each`,
    exact: "Exact amount",
    exactLabel: "Exact number of coins",
    exactHint: (least: number, most: number) => `${formatCount(least)} to ${formatCount(most)} coins`,
    about: (price: string) => `about ${price}`,
    toReview: "Review",
    nothingYet: "You pay nothing yet. The next step shows every line.",
    missing: (missing: number, name: string, count: number) =>
      `${counted(missing, "coin is", "coins are")} missing for ${theGift(name, count)}. We chose the smallest pack that fits.`,
    reviewTitle: "Your order",
    line: {
      coins: "Coins",
      bonus: "Bonus coins",
      each: "Per coin",
      method: "Pay with",
      price: "Price",
      tax: "Tax",
      taxWithin: "Tax included",
      total: "Total",
    },
    pay: (total: string) => `Pay ${total}`,
    change: "Change something",
    validUntil: (time: string) => `This price holds until ${time}.`,
    adultsTitle: "Coins are for adults",
    adultsText: "You can watch and chat as much as you like.",
    unreachable: "Recharge is not reachable",
    safe: "If you paid, your coins are not lost: they arrive as soon as we can reach the provider.",
    noOrder: "We do not know this order",
    noOrderText: "Your orders and coins are in your wallet.",
    outcome: {
      credited: { title: "Your coins are here", text: "" },
      waiting: { title: "Your bank is working on it", text: "The coins arrive by themselves as soon as it says yes. You can leave this page." },
      open: { title: "Waiting for your payment", text: "We have not heard of a payment yet. If you just paid, this takes a moment." },
      declined_once: { title: "The payment was declined", text: "" },
      declined: { title: "The payment was declined", text: "" },
      cancelled: { title: "Cancelled", text: "Nothing was taken. If a payment still arrives, the coins are yours." },
      expired: { title: "This offer has run out", text: "Nothing was taken. If a payment still arrives, the coins are yours." },
      refunded: { title: "Refunded", text: "The money goes back the way it came." },
      disputed: { title: "This payment is in dispute", text: "The bank is looking at it. You can write to support from your wallet." },
    },
    declineOf: (reason: string | null) => declines[reason ?? ""] ?? "Your bank declined the payment and did not say why.",
    nothingTaken: "Nothing was taken from your account.",
    newBalance: (coins: number) => `You have ${counted(coins, "coin", "coins")} now.`,
    backAndSend: (creator: string, name: string, count: number) => `Back to ${creator} and send ${theGift(name, count)}`,
    backOnly: (creator: string) => `Back to ${creator} without sending`,
    backToRoom: "Back to the room",
    toLive: "See who is live",
    toWallet: "Open wallet",
    openPayment: "Open the payment page",
    otherCard: "Try another card",
    otherMethod: "Choose another way to pay",
    giveUp: "Give up this order",
    meanwhile: "Go on watching",
    startAgain: "Start again",
    timeline: "What happened",
    step: (what: string, reason?: string) =>
      what === "declined" ? `Declined: ${(declines[reason ?? ""] ?? "no reason given.").replace(/\..*$/, "").toLowerCase()}` : (steps[what] ?? what),
    orderNumber: "Order",
  },

  wallet: {
    balance: "Balance",
    paid: "Paid coins",
    promo: "Bonus coins",
    held: "Held",
    cost: "What they cost you",
    promoUntil: (moment: string) => `The first bonus coins expire ${moment}.`,
    frozen: "Spending from this wallet is paused. Contact support to learn why.",
    spent: "Spent on gifts",
    today: "Today",
    week: "This week",
    month: "This month",
    ofLimit: (limit: string) => `of ${limit}`,
    history: "History",
    filter: "Show",
    filters: { all: "All", in: "In", out: "Out" },
    more: "Show more",
    noneTitle: "Nothing here yet",
    noneText: "Every recharge and every gift will be listed here, for ever.",
    kind: (kind: string, who: string | null) => kinds[kind]?.(who) ?? kind.replaceAll("_", " "),
    act: "Entry",
    costOf: "Real money behind it",
    after: "Balance after",
    with: "With",
    journal: "Journal",
    noAct: "We did not find this entry in your history.",
  },

  studio: {
    goLive: "Go live",
    goLiveText: "Give your live a title. Viewers see it in the feed.",
    roomTitle: "Title",
    titleExample: "Late songs by the window",
    soundOn: "Chime on",
    soundOff: "Chime off",
    largeType: "On air",
    noGiftYet: "Gifts appear here, large, the moment they arrive.",
    thisLive: "This live",
    viewers: "Watching",
    connection: "Connection",
    connected: "Steady",
    openRoom: "Open my room",
    end: "End live",
    endForAll: "End it for everyone",
    stayLive: "Stay live",
    diamonds: "Diamonds",
    rate: (rate: string) => `1 diamond = ${rate}`,
    pending: "Pending",
    pendingText: "Estimated. Clears in about 7 days.",
    available: "Available",
    availableText: "Final. Yours to withdraw.",
    withdrawn: "Withdrawn",
    withdrawnText: "On its way or paid out.",
    incoming: "Incoming gifts",
    noGifts: "No gifts yet",
    noGiftsText: "When somebody sends one, you see who, what, and how it is split.",
    thank: "Thank",
    thankWho: (name: string) => `Thank ${name}`,
    thanked: "Thanked",
    thankYou: (name: string, gift: string, count: number) => `Thank you, ${name}, for ${theGift(gift, count)}`,
  },
};

export type Messages = typeof en;
