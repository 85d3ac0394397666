import { plural } from './format.ts'

/** Texts of the part of the Certificates screen about the user's own servers. */
export const ownCertificatesText = {
  title: 'Certificates of your servers',
  subtitle:
    'Made here and vouched for by your own key. No company signs them, and nobody else can.',
  noIdentity: {
    title: 'First you need a key',
    text: 'Your key is what vouches for the certificate of your server. Making one takes a moment and needs no account.',
  },
  empty: {
    title: 'No certificates yet',
    text: 'Make one for your server, give its two files to the web server, and publish it. Visitors then reach your server and no other.',
  },
  roles: { current: 'in use', next: 'next', previous: 'replaced' },
  roleHints: {
    current: 'The key your server should use now',
    next: 'Announced beside the one in use; your server changes to it in step 2',
    previous: 'No longer used',
  },
  published: 'Published',
  notPublished: 'Not published',
  publishedHint: 'Your newest published event vouches for this key.',
  notPublishedHint: 'Visitors do not know this key: browsers refuse your server.',
  names: 'Names',
  key: 'Key',
  validity: 'Valid',
  validityText: (from: string, to: string) => `${from} to ${to}`,
  days: (count: number) => `${plural(count, 'day', 'days')} left`,
  soon: (count: number) =>
    count === 0 ? 'Runs out today' : `Runs out in ${plural(count, 'day', 'days')}`,
  expired: 'Ran out',
  expiryHint: 'Renew it: the key stays the same, so nothing has to be published again.',
  certificateFile: 'Certificate file',
  keyFile: 'Key file',
  keyFileHint: 'Secret. Only your account can read it.',
  hashWhat: 'key hash',
  moreFor: (name: string) => `More actions for the certificate of ${name}`,

  create: {
    open: 'New certificate',
    title: 'New certificate',
    description:
      'A new key and certificate for one of your names. Both stay on this computer until you give them to your web server.',
    identity: 'Owner',
    host: 'Host',
    hostHint: '@ for your name itself, or a name below it such as www or home.lab.',
    hostRule: 'Use @ or small letters, digits, - and _ with dots between, such as home.lab.',
    hostTaken: 'This host has a certificate already. Renew it, or change its key, in the list.',
    extra: 'Extra names',
    extraHint: 'Optional: names below this host, separated by spaces, such as www blog.',
    extraMany: 'At most 16 extra names are possible.',
    days: 'Valid for days',
    daysHint: '1 to 825. You are reminded 14 days before it runs out.',
    daysRule: 'Enter a whole number from 1 to 825.',
    will: (name: string) => `The certificate will be for ${name}.`,
    submit: 'Make certificate',
    done: (name: string) => `Made a certificate for ${name}`,
    doneDetail: 'Give both files to your web server, then publish it.',
  },

  publish: {
    action: 'Publish',
    again: 'Publish again',
    title: (name: string) => `Publish the certificate of ${name}`,
    description:
      'Your key signs a statement which key your server holds. From then on browsers here accept that server, and refuse every other.',
    ports: 'Ports',
    portsHint: 'Where your server listens for https: 443, or up to 4 ports separated by spaces.',
    portsRule: 'Enter 1 to 4 ports, each a number from 1 to 65535.',
    include: 'Include the whole certificate',
    includeHint: 'Makes the event larger. For people who want to save the certificate from it.',
    submit: 'Publish',
    unservedHint:
      'Let your web server load the two files first, or visitors are refused meanwhile.',
    locked: 'This key is locked. Unlock it on the Keys screen to publish.',
  },

  withdraw: {
    action: 'Withdraw from your name…',
    title: (name: string) => `Withdraw the certificate of ${name}?`,
    text: 'You publish that your name vouches for no key on this host any more.',
    consequences: [
      'Visitors who use Nostr DNS are told that the owner of this name vouches for no certificate here, and their browser opens no https page of it.',
      'Connections that are open now are closed as soon as the new statement arrives.',
      'The records of the host, such as its address, stay published.',
      'The files stay on this computer, so you can publish the certificate again at any time.',
    ],
    confirm: 'Withdraw',
  },

  staple: {
    action: 'Certificate with your signature…',
    title: (name: string) => `Certificate of ${name}, with your signature inside`,
    description:
      'The same key, in a certificate that carries your signed word for it. Visitors can check it while no relay can be reached. It is public and holds no secret.',
    usage: 'Use it in your web server in place of the certificate file, with the same key file.',
  },

  renew: {
    action: 'Renew',
    done: (name: string) => `Renewed the certificate of ${name}`,
    doneDetail:
      'Same key, new dates. Let your web server load the file again; nothing has to be published.',
  },

  rotate: {
    action: 'Change the key…',
    second: 'Step 2: use the next key',
    title: (name: string) => `Change the key of ${name}`,
    steps: [
      'Step 1: a next key is made. You publish, so that your name vouches for both keys for a while.',
      'Step 2, ten minutes later or more: the next key becomes the one in use. Give the new files to your web server, and publish again, which withdraws the old key.',
    ],
    why: 'In two steps, so that every visitor learns of the next key before it is used, and nobody is locked out.',
    confirmFirst: 'Make the next key',
    secondTitle: (name: string) => `Use the next key of ${name}?`,
    secondText:
      'The next key becomes the one in use. Your web server must load the new files at once: publishing afterwards withdraws the old key.',
    secondUnpublished:
      'The next key is not published yet. Visitors do not know it and would be refused. Publish first.',
    confirmSecond: 'Use the next key',
    doneFirst: (name: string) => `Made the next key of ${name}`,
    doneFirstDetail: 'Publish now, so that visitors learn of it; then come back for step 2.',
    doneSecond: (name: string) => `${name} uses the next key now`,
    doneSecondDetail: 'Let your web server load the new files, then publish again.',
    pending: 'A change of key is under way',
    pendingPublish: 'Publish both keys now, so that visitors learn of the next one.',
    pendingWait: 'Both keys are published. After ten minutes, change to the next one (step 2).',
  },

  remove: {
    action: 'Remove…',
    title: (name: string) => `Remove the certificate of ${name}?`,
    text: 'Its key and certificate file are moved into the folder “removed” beside them, so a web server that reads them here no longer finds them.',
    published:
      'It is published: until you publish something newer for this host, visitors expect exactly this key, and only its files can satisfy them.',
    confirm: 'Remove',
    done: (name: string) => `Removed the certificate of ${name}`,
  },
} as const
