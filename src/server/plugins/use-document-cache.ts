import { type DocumentNode, NoSchemaIntrospectionCustomRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { Requester } from '../../graphql/context.js';
import { countSelections, repetitionError } from '../../graphql/limits/document-size.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';

/** Memory of a token and its AST nodes, measured. */
const BYTES_PER_TOKEN = 480;
/** Memory of a selection in a compiled function, measured: 100 to 1,200; 2,500 for `node`. */
const BYTES_PER_SELECTION = 1_200;

/**
 * Parses and validates a text once and caches its document. Invalid documents are not cached. Replaces Yoga's cache, which
 * counts entries of any size.
 */
export function useDocumentCache(maxBytes: number = requestBudget.maxDocumentCacheBytes): Plugin<Requester> {
  const documents = createDocumentCache(maxBytes);
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
        if (text !== undefined) documents.set(text, documentAST);
      };
    },
  };
}

/** Introspection and suggestions of names require a session, a key or, for tools, a caller on this machine. */
export function mayIntrospect({ principal, caller }: Requester): boolean {
  return principal !== null || caller.local;
}

/** Creates a cache of documents by their text; above `maxBytes` it drops the least recently used. */
export function createDocumentCache(maxBytes: number): LRUCache<string, DocumentNode> {
  return new LRUCache({ maxSize: maxBytes, sizeCalculation: (document, text) => weightOf(document) + 2 * text.length });
}

/** Returns the bytes of memory of a parsed document, including its compiled functions. */
export function weightOf(document: DocumentNode): number {
  const { loc } = document;
  let tokens = 0;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) tokens += 1;
  const selections = countSelections(document);
  const compiled = selections > requestBudget.maxCompiledSelections ? 0 : selections;
  return 2 * (loc?.source.body.length ?? 0) + BYTES_PER_TOKEN * tokens + BYTES_PER_SELECTION * compiled;
}
