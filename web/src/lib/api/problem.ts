/** What can go wrong with a request, in two words: the server refused, or nobody answered. */

/** The server's refusal (RFC 9457). `code` is stable; `detail` is a sentence for the person. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly next: string | null;
  readonly facts: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(String(body.detail ?? body.title ?? "The request was refused."));
    this.code = String(body.code ?? "unknown");
    this.status = status;
    this.next = typeof body.next === "string" ? body.next : null;
    this.facts = body;
  }
}

/** No answer came. Whatever was asked for may or may not have happened. */
export class Unreachable extends Error {}

export function isProblem(error: unknown, code?: string): error is Problem {
  return error instanceof Problem && (code === undefined || error.code === code);
}
