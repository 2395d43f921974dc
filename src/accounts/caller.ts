/** Who makes a request, before anyone has signed in on it. */
export interface Caller {
  /** The client's IP address: the peer's, or what a proxy named in TRUST_PROXY reports. Null if unknown. */
  readonly address: string | null;
  /**
   * Came over loopback, for a loopback host, from no foreign origin, and without any header of a proxy. A proxy on this
   * machine that sends none (nginx's bare `proxy_pass`) looks the same: let it send X-Forwarded-For.
   */
  readonly local: boolean;
  /**
   * Set if a proxy that TRUST_PROXY does not name passed the request on. `address` is then the proxy's and stands for
   * everybody behind it. `claimed` is the client's address by the proxy's headers; it tells clients apart, but anybody
   * can send it, so it proves nothing. Null if the headers have none.
   */
  readonly untrustedProxy?: { readonly claimed: string | null } | undefined;
}
