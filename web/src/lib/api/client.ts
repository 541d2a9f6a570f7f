/** One door to the server: cookies, problems, lost answers, and the age of this page. */

import { freshness } from "$lib/api/freshness.svelte";
import { Problem, Unreachable } from "$lib/api/problem";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface Ask {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** Same key, same effect: the server does it once however often the request arrives. */
  key?: string;
}

/** Sends one request. Throws `Problem` when refused and `Unreachable` when no answer came. */
export async function request<T>(method: Method, path: string, ask: Ask = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path + search(ask.query), {
      method,
      credentials: "same-origin",
      headers: headersOf(ask),
      body: ask.body === undefined ? undefined : JSON.stringify(ask.body),
      signal: AbortSignal.timeout(15_000),
    });
  } catch (cause) {
    throw new Unreachable("No answer from the server.", { cause });
  }
  freshness.compare(response.headers.get("X-Largesse-Api"));
  return read<T>(response);
}

/**
 * Sends a request that moves value until an answer comes, always with the same key.
 * On bad mobile data an answer may be lost on the way back; asking again is safe and moves nothing twice.
 */
export async function insist<T>(path: string, ask: Ask & { key: string }): Promise<T> {
  const waits = [400, 900, 1800, 3500, 6000];
  for (let turn = 0; ; turn += 1) {
    try {
      return await request<T>("POST", path, ask);
    } catch (error) {
      const wait = waits[turn];
      if (wait === undefined || !mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof Unreachable) return true;
  return error instanceof Problem && (error.status === 503 || error.code === "request_in_progress");
}

function headersOf(ask: Ask): HeadersInit {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (ask.body !== undefined) headers["Content-Type"] = "application/json";
  if (ask.key) headers["Idempotency-Key"] = ask.key;
  return headers;
}

function search(query: Ask["query"]): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  return pairs.length ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : "";
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text().catch(() => {
    throw new Unreachable("The answer broke off.");
  });
  const body = parse(text);
  if (response.ok) return body as T;
  // A proxy's own 502 page is not the server's word: the effect is unknown.
  if (response.status >= 500 && !("code" in body)) throw new Unreachable("No answer from the server.");
  throw new Problem(response.status, body);
}

function parse(text: string): Record<string, unknown> {
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    return {};
  }
}
