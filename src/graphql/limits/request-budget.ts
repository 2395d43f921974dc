/**
 * Limits on requests of clients, in UTF-8 bytes and milliseconds. docs/api.md documents them, and
 * test/server/request-budget.test.ts compares the two.
 */
export const requestBudget = {
  /** Query text. `maxTokens` does not count comments, nor the length of strings. */
  maxQueryBytes: 65_536,
  /** Body of an HTTP request, or a WebSocket message, without a session. */
  maxAnonymousBodyBytes: 65_536,
  /** Body of an HTTP request, or a WebSocket message, with a session. `JSON.parse` of it takes a few ms. */
  maxBodyBytes: 262_144,
  /** Bytes that are read and discarded of a body after the response. */
  maxDiscardedBytes: 1_048_576,
  /** Tokens of a query: 480 bytes of memory each once parsed. */
  maxTokens: 2_000,
  /** Levels of fields. */
  maxDepth: 15,
  /** Aliases of an operation: each is a field that is executed again. */
  maxAliases: 30,
  /** Pairs of fields with the same response name: validation compares each pair (about 1 µs). */
  maxFieldPairs: 20_000,
  /** Fragments: validation compares each pair. */
  maxFragments: 60,
  /** Validation errors in a response; for variables the limit is one. */
  maxValidationErrors: 10,
  /** Values of a list argument: `ids`, `statuses`, `marketplaceIds`. */
  maxListLength: 200,
  /** UTF-16 code units of a text argument. Refresh tokens have a few hundred, passwords up to 1,000. */
  maxTextLength: 10_000,
  /** Nodes of a page (`first`, `last`). */
  maxPageSize: 200,
  /** Nodes of a page without `first` or `last`. */
  defaultPageSize: 50,
  /** Rows of `sales`, with `first` or without. */
  maxSalesRows: 5_000,
  /** Objects that an operation may ask for, over all of its fields: 5 µs each on the event loop. */
  maxObjects: 10_000,
  /** UTF-16 code units of an error message: GraphQL's own quote the invalid value. */
  maxMessageLength: 1_000,
  /** Selections of a document, with fragments written out, up to which it is compiled: 0.1 to 0.5 ms each. */
  maxCompiledSelections: 300,
  /** Valid documents and what is compiled of them, in memory (weights: server/plugins/use-document-cache.ts). */
  maxDocumentCacheBytes: 33_554_432,
  /** Requests without a response on one HTTP connection (pipelining). */
  maxPipelinedRequests: 20,
  /** A client that reads nothing of a response for this long, or up to twice as long, is disconnected. */
  writeTimeoutMs: 30_000,
  /** Exports at once in a process: on PostgreSQL each has a connection. */
  maxExports: 2,
  /** The same as `writeTimeoutMs`, for exports: a program may work on a part before it reads on. */
  exportStallMs: 300_000,
  /** From the start of an export to its end: PostgreSQL keeps old versions of rows meanwhile. */
  maxExportMs: 7_200_000,
  /** From the connection, or the last response, to the end of a request's headers. */
  headersTimeoutMs: 15_000,
  /** From the connection, or the last response, to the end of a request's body. */
  requestTimeoutMs: 30_000,
} as const;
