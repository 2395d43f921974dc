import { type DocumentNode, NoSchemaIntrospectionCustomRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Requester } from '../graphql/context.js';
import { requestBudget } from '../graphql/request-budget.js';
import { ByteCache } from './byte-cache.js';
import { repetitionError } from './repetition.js';

/** Memory of a token with its nodes and its part of the compiled function, measured: 480 bytes, and up to 380. */
const BYTES_A_TOKEN = 900;

/**
 * Parses and validates a text once, and keeps the document while it is valid and asked for. Texts that are refused are not
 * kept. In place of Yoga's cache, which counts entries, whatever their size.
 */
export function useDocumentCache(maxBytes: number = requestBudget.maxDocumentCacheBytes): Plugin<Requester> {
  const documents = new ByteCache<DocumentNode>(maxBytes);
  const valid = new WeakSet<DocumentNode>();
  const validWithoutIntrospection = new WeakSet<DocumentNode>();
  return {
    onParse: ({ params: { source }, setParsedDocument }) => {
      const document = documents.get(String(source));
      if (document) setParsedDocument(document);
    },
    onValidate: ({ context, params: { documentAST }, addValidationRule, setValidationFn, setResult }) => {
      const isTrusted = mayIntrospect(context as unknown as Requester);
      const known = isTrusted ? valid : validWithoutIntrospection;
      if (known.has(documentAST)) return setResult([]);
      if (!isTrusted) addValidationRule(NoSchemaIntrospectionCustomRule);
      const options = { maxErrors: requestBudget.maxValidationErrors, hideSuggestions: !isTrusted };
      setValidationFn((schema, document, rules) => {
        const error = repetitionError(document);
        return error ? [error] : validate(schema, document, rules, options);
      });
      return ({ valid: isValid }) => {
        if (!isValid) return;
        known.add(documentAST);
        const text = documentAST.loc?.source.body;
        if (text !== undefined) documents.set(text, documentAST, weightOf(documentAST));
      };
    },
  };
}

/** The schema, and hints at its names, are for who is signed in and, for tools, for programs on this machine. */
export function mayIntrospect({ session, caller }: Requester): boolean {
  return session !== null || caller.local;
}

/** Bytes that a parsed document takes in memory. */
export function weightOf({ loc }: DocumentNode): number {
  let tokens = 0;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) tokens += 1;
  return 2 * (loc?.source.body.length ?? 0) + BYTES_A_TOKEN * tokens;
}
