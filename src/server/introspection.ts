import { NoSchemaIntrospectionCustomRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Requester } from '../graphql/context.js';

/** The schema is told to who is signed in and, for tools, on this machine; nobody else gets it, nor hints at its names. */
export function useIntrospectionRule(): Plugin<Requester> {
  return {
    onValidate: ({ context, addValidationRule, setValidationFn }) => {
      const { session, caller } = context as unknown as Requester;
      if (session || caller.local) return;
      addValidationRule(NoSchemaIntrospectionCustomRule);
      setValidationFn((schema, document, rules) => validate(schema, document, rules, { hideSuggestions: true }));
    },
  };
}
