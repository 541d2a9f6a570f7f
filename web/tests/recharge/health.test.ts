import type { Health } from "$lib/api/shapes";
import { describe, expect, it } from "vitest";
import { troubleOf } from "../../src/features/recharge/health";

const provider = (code: string, status: string, since: string) => ({ code, status, since, methods: [] });
const health = (...providers: ReturnType<typeof provider>[]) => ({ status: "degraded", providers }) as Health;

describe("what is said of the providers", () => {
  it("is nothing while all are well", () => {
    expect(troubleOf(null)).toBeNull();
    expect(troubleOf(health(provider("stripe", "ok", "2026-11-25T20:00:00Z")))).toBeNull();
  });
  it("is the worst, since the first of them fell silent", () => {
    const found = troubleOf(
      health(
        provider("stripe", "degraded", "2026-11-25T19:00:00Z"),
        provider("paypal", "down", "2026-11-25T21:00:00Z"),
        provider("alipay", "down", "2026-11-25T20:00:00Z"),
      ),
    );
    expect(found).toEqual({ isDown: true, providers: ["paypal", "alipay"], since: "2026-11-25T20:00:00Z" });
  });
});
