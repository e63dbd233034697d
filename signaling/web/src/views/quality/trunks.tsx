import './words';
import { quality } from '../../i18n/quality';
import { PageTitle } from '../parts/bits';

export default function Trunks() {
  return <PageTitle>{quality.value.trunks.title}</PageTitle>;
}
