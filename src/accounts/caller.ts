/** Who makes a request, before anyone has said who they are. */
export interface Caller {
  /** The peer's IP address; null where there is none to tell. */
  readonly address: string | null;
  /**
   * Came over loopback, for a loopback host, from no foreign origin, and passed on by no proxy. A proxy on this machine
   * that tells nothing of itself (nginx's bare `proxy_pass`) can't be told from a person here: let it send
   * X-Forwarded-For.
   */
  readonly local: boolean;
}
