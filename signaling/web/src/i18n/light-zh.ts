// 个人连接质量相关的简体中文文本。

import type { LightMessages } from './light-en';

export const zh: LightMessages = {
  title: '您的连接',
  open: (state) => `${state}：查看连接详情`,
  state: { unclassified: '尚未测量', good: '良好', degraded: '欠佳', poor: '差' },
  fine: '别人听得清您，您也听得清别人。',
  waiting: '几秒钟后，这里会显示您的连接情况。',
  network: {
    wired: '您的有线网络',
    wifi: '您的 Wi-Fi',
    cellular: '您的移动网络',
    vpn: '您的 VPN',
    unknown: '您的网络',
  },
  said: {
    loss: (net, share) => `${net}丢失了您说话内容的 ${share}`,
    jitter: (net, time) => `${net}不稳定：您说的话时快时慢（${time}）`,
  },
  heard: {
    loss: (net, share) => `${net}丢失了您收听内容的 ${share}`,
    jitter: (net, time) => `${net}不稳定：您听到的声音时快时慢（${time}）`,
  },
  concealed: (share) => `您听到的声音有 ${share} 缺失，只能补上`,
  roundTrip: (net, time) => `${net}较慢：到服务器往返需要 ${time}`,
  mos: (net) => `${net}让声音听不清楚`,
  advice: {
    wired: '请暂停大文件下载，或重启路由器。',
    wifi: '请改用网线，或离路由器近一些。',
    cellular: '请改用 Wi-Fi，或换个信号好的地方。',
    vpn: '如果允许，请断开 VPN。',
    unknown: '请改用网线或其他网络。',
    relayed: '您的网络只能绕路传声音，请管理员放行 UDP。',
    delay: '如果允许，请断开 VPN，或换个网络。',
  },
  sentence: (what, help) => `${what}；${help}`,
  byPhone: '改用电话',
  course: '本次通话的全部数据',
  figures: {
    saidLoss: '您说话的丢失',
    loss: '丢包',
    jitter: '抖动',
    rtt: '往返时延',
    concealed: '补音',
  },
  hints: {
    'dead-microphone': '您的麦克风没有任何声音。请检查开关，或在声音设置中换一个。',
    noise: '您的麦克风有持续的噪声。请关上窗户，或在只听时静音。',
    echo: '您好像和会议中的另一个人在同一个房间，别人会听到回声。请其中一人静音或戴上耳机。',
    echoWith: (name) => `您好像和${name}在同一个房间，别人会听到回声。请其中一人静音或戴上耳机。`,
  },
  choose: '选择麦克风',
  mute: '静音',
  rating: {
    title: '音质如何？',
    text: '愿意的话点一下，有助于找出不好的网络。',
    stars: ['很差', '差', '一般', '好', '很好'],
    why: '哪里不好？',
    reasons: {
      'dropped-call': '中途断线',
      'audio-latency': '延迟很长',
      'one-way-audio': '有一方听不到',
      'choppy-audio': '声音断断续续',
      'noisy-call': '有噪声',
      echo: '有回声',
    },
    thanks: '谢谢。',
    failed: '没有送达。',
  },
};
