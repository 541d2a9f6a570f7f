import { describe, expect, it } from "vitest";
import { caretAfter, grouped, plain } from "../../src/features/codes/grouping";

describe("a gift code", () => {
  it("is taken out of whatever was pasted around it", () => {
    expect(plain("  7kq2-m9xd 40tr–vne5\n")).toBe("7KQ2M9XD40TRVNE5");
    expect(grouped("7kq2m9xd40trvne5")).toBe("7KQ2-M9XD-40TR-VNE5");
  });
  it("has its look-alikes put right", () => expect(plain("oil0")).toBe("0110"));
  it("groups while it is typed, without a dash at the end", () => {
    expect(grouped("7kq2")).toBe("7KQ2");
    expect(grouped("7kq2m")).toBe("7KQ2-M");
    expect(grouped("")).toBe("");
  });
  it("leaves the caret behind the letter that was typed", () => {
    expect(caretAfter("7kq2m", 5)).toBe(6);
    expect(caretAfter("7KQ2-", 5)).toBe(4);
    expect(caretAfter("7XKQ2-M9", 2)).toBe(2);
    expect(caretAfter("abc", 0)).toBe(0);
  });
});
