import juniper from '../../assets/portraits/juniper.svg';
import odile from '../../assets/portraits/odile.svg';
import theo from '../../assets/portraits/theo.svg';

/** Our own drawings for the companions that come with the server, by name in lower case. */
export const bundledPortraits: Record<string, string> = { juniper, 'captain odile marsh': odile, theo };
