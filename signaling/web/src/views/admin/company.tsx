import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { paid } from '../../i18n/paid';
import { waiting } from '../../store/approvals';
import { askCompany, company } from '../../store/company';
import { SECTIONS, type Section } from '../../store/router';
import { Loading } from '../parts/bits';
import { lazy } from '../parts/lazy';
import { lazyRemind } from '../parts/lazyplan';
import { Sections } from '../parts/sections';

const AllCalls = lazy(() => import('./allcalls'));
const Costs = lazy(() => import('./costs'));
const Budgets = lazy(() => import('./budgets'));
const Trunks = lazy(() => import('./trunks'));
const TrunkForm = lazy(() => import('./trunk'));
const Rates = lazy(() => import('./rates'));
const DeckPage = lazy(() => import('./deck'));
const Brakes = lazy(() => import('./brakes'));
const Approvals = lazy(() => import('./approvals'));
const Audit = lazy(() => import('./audit'));
const Bots = lazyRemind(() => import('./bots'));

/** The administrators' pages about calls, money and channels. */
export default function Company({ section, id }: { section: Section; id: string }) {
  const p = paid.value.admin;
  // Days and amounts need its zone and currency; without them they are the browser's.
  const asked = useSignal(company.value !== undefined);
  useEffect(() => {
    void askCompany().then(() => {
      asked.value = true;
    });
  }, []);
  return (
    <>
      <Sections
        label={p.nav}
        sections={SECTIONS.map((one) => ({
          to: `/company/${one}`,
          text: p.sections[one],
          current: one === section,
          ...(one === 'approvals' ? { badge: waiting.value } : {}),
        }))}
      />
      {asked.value ? <Page key={`${section}/${id}`} section={section} id={id} /> : <Loading />}
    </>
  );
}

function Page({ section, id }: { section: Section; id: string }) {
  switch (section) {
    case 'calls':
      return <AllCalls />;
    case 'costs':
      return <Costs />;
    case 'budgets':
      return <Budgets />;
    case 'trunks':
      return id ? <TrunkForm name={id === 'new' ? '' : id} /> : <Trunks />;
    case 'rates':
      return id ? <DeckPage version={id} /> : <Rates />;
    case 'brakes':
      return <Brakes />;
    case 'approvals':
      return <Approvals />;
    case 'audit':
      return <Audit />;
    case 'bots':
      return <Bots />;
  }
}
