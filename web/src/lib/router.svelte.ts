/** Where the person is, and how they get somewhere else. Links are ordinary `<a href>`. */

class Router {
  path = $state(location.pathname);
  query = $state.raw(new URLSearchParams(location.search));

  go(to: string, how: { replace?: boolean } = {}): void {
    history[how.replace ? "replaceState" : "pushState"](null, "", to);
    this.#read();
    scrollTo(0, 0);
  }

  /** Starts listening; call once. */
  start(): void {
    addEventListener("popstate", () => this.#read());
    document.addEventListener("click", (click) => {
      const link = (click.target as Element | null)?.closest?.("a");
      if (!link || !isOurs(link, click)) return;
      click.preventDefault();
      this.go(link.pathname + link.search + link.hash);
    });
  }

  #read(): void {
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }
}

const served = ["/v1/", "/sandbox/", "/docs"];

function isOurs(link: HTMLAnchorElement, click: MouseEvent): boolean {
  const plain = click.button === 0 && !click.metaKey && !click.ctrlKey && !click.shiftKey && !click.altKey;
  const inside = link.origin === location.origin && !link.target && !link.hasAttribute("download");
  return plain && inside && !click.defaultPrevented && !served.some((start) => link.pathname.startsWith(start));
}

export const router = new Router();

/** A return address we may follow: a path of ours, never another site's. */
export function safeBack(back: string | null): string | null {
  return back && /^\/(?![/\\])/.test(back) ? back : null;
}
