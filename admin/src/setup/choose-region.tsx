import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { problemOf } from '../api/problems.js';
import { REGIONS, type Region } from '../connection/regions.js';
import { KnownMarketplacesDocument, SaveConnectionDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Check } from '../ui/check.js';
import { countryName, Flag } from '../ui/flag.js';
import { ProblemNotice } from '../ui/notice.js';

/** Chooses the region, by the countries in it. */
export function ChooseRegion({ present, onDone }: { readonly present: Region | null; readonly onDone: () => void }) {
  const [{ data }] = useQuery({ query: KnownMarketplacesDocument, variables: { region: null } });
  const [{ fetching, error }, save] = useMutation(SaveConnectionDocument);
  const [region, setRegion] = useState<Region>(present ?? 'NA');
  const problem = error && problemOf(error);
  const submit = async () => {
    const moved = present !== null && present !== region;
    const { data } = await save({ input: { region, ...(moved ? { marketplaceIds: [] } : {}) } });
    if (data) onDone();
  };
  return (
    <div className="stack">
      <p className="muted">
        Amazon has three regions, and a seller account, with its refresh token, is in one of them.
      </p>
      <fieldset className="stack">
        <legend className="hidden-visually">Region</legend>
        {REGIONS.map(({ region: value, name }) => (
          <div key={value} className="stack tight">
            <Check kind="radio" name="region" checked={region === value} onChange={() => setRegion(value)}>
              {name}
            </Check>
            <ul className="row small muted countries">
              {data?.marketplaces
                .filter((marketplace) => marketplace.region === value)
                .map(({ id, countryCode }) => (
                  <li key={id} className="marketplace">
                    <Flag country={countryCode} /> {countryName(countryCode)}
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </fieldset>
      {problem && <ProblemNotice code={problem.code} message={problem.message} />}
      <div>
        <Button look="primary" busy={fetching} onClick={() => void submit()}>
          Continue
        </Button>
      </div>
    </div>
  );
}
