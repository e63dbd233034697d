import './words';
import { quality } from '../../i18n/quality';
import { PageTitle } from '../parts/bits';

export default function Joins() {
  return <PageTitle>{quality.value.joins.title}</PageTitle>;
}
