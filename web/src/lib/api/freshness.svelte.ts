/** Whether this page is older than the server it talks to. */

const OURS = 1;

class Freshness {
  isStale = $state(false);

  compare(theirs: string | null): void {
    if (theirs && Number.parseInt(theirs, 10) > OURS) this.isStale = true;
  }
}

export const freshness = new Freshness();
