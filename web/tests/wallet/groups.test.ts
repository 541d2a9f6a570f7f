import { expect, it } from "vitest";
import { groups } from "../../src/features/wallet/groups";

it("cuts a history into days without changing its order", () => {
  const days = groups(["b1", "b2", "a1", "b3"], (item) => item[0]!);
  expect(days).toEqual([
    { key: "b", items: ["b1", "b2"] },
    { key: "a", items: ["a1"] },
    { key: "b", items: ["b3"] },
  ]);
});
