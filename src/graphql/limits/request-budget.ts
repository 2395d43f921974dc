/**
 * Limits on requests of clients, in UTF-8 bytes and milliseconds. docs/api.md documents them, and
 * test/server/request-budget.test.ts compares the two.
 */
export const requestBudget = {
  /** Query text. Parsing stops at `maxTokens`, but comments and strings are text without tokens. */
  maxQueryBytes: 65_536,
  /** Body of an HTTP request, or a WebSocket message, from a client without a session. */
  maxAnonymousBodyBytes: 65_536,
  /** The same with a session. `JSON.parse` of it takes a few ms. */
  maxBodyBytes: 262_144,
  /** Bytes that are read and discarded of a body that an answer left unread, as of a GET. */
  maxDiscardedBytes: 1_048_576,
  /** Tokens of a query: 480 bytes of memory each once parsed. */
  maxTokens: 2_000,
  /** Levels of fields. */
  maxDepth: 15,
  /** Aliases of an operation, each one a field that is executed again. */
  maxAliases: 30,
  /** Pairs of fields with the same name in the answer: validation compares each with each (about 1 µs a pair). */
  maxFieldPairs: 20_000,
  /** Fragments: validation compares each with each. */
  maxFragments: 60,
  /** Validation errors that are reported; one is enough for variables. */
  maxValidationErrors: 10,
  /** Values of a list in the arguments: `ids`, `statuses`, `marketplaceIds`. */
  maxListLength: 200,
  /** Characters (UTF-16 code units) of a text in the arguments. Amazon's refresh tokens have a few hundred, passwords up to 1,000. */
  maxTextLength: 10_000,
  /** Items of a page (`first`, `last`). */
  maxPageSize: 200,
  /** Items of a page whose size is not given. */
  defaultPageSize: 50,
  /** Objects that an operation may ask for, over all of its fields: 5 µs each on the event loop. */
  maxObjects: 10_000,
  /** Characters of an error message: GraphQL's own quote the value that is wrong. */
  maxMessageLength: 1_000,
  /** Selections of a document, fragments written out, up to which it is compiled: 0.1 to 0.5 ms each. */
  maxCompiledSelections: 300,
  /** Documents that were parsed and found valid, with what is compiled of them (weights: server/document-cache.ts). */
  maxDocumentCacheBytes: 33_554_432,
  /** Requests of one HTTP connection that are not answered yet: clients may send more before they read (pipelining). */
  maxPipelinedRequests: 20,
  /** A client that takes nothing of an answer for so long, or twice as long at most, is cut off. */
  writeTimeoutMs: 30_000,
  /** From the connection, or the last answer, to the end of a request's headers. */
  headersTimeoutMs: 15_000,
  /** The same to the end of its body. */
  requestTimeoutMs: 30_000,
} as const;
