package api

import "partyline/metrics/quality"

// inEnglish and inChinese speak to admins of everybody who was there.
var inEnglish = address{
	said: map[quality.Fault]string{
		quality.UplinkLoss:     "{who} lost {what} of what they said, {when}.",
		quality.HighJitter:     "What {who} said came unevenly (jitter {what}), {when}.",
		quality.HighDelay:      "The way to {who} and back took {what}, {when}.",
		quality.Detour:         "{who} was connected by a detour, and had {what}, {when}.",
		quality.DeadMicrophone: "The microphone of {who} gave nothing but silence, {when}.",
		quality.Clipping:       "The microphone of {who} was set too loud, {when}.",
		quality.OneWay:         "Nothing at all came from {who}, {when}.",
		quality.CarrierFault:   "The telephone network behind {trunk} had {what}, {when}.",
		quality.ServerOverload: "This server was too busy and late with the sound of everybody, {when}.",
		quality.ServerNetwork:  "Everybody had {what} at once, so the network of this server was at fault, {when}.",
	},
	heard: map[quality.Fault]string{
		quality.DownlinkLoss: "{who} lost {what} of what others said, {when}.",
		quality.HighJitter:   "{who} heard others unevenly (jitter {what}), {when}.",
		quality.OneWay:       "Nothing of what others said arrived at {who}, {when}.",
	},
	advice: map[quality.Fault]string{
		quality.UplinkLoss:     "A cable instead of Wi-Fi, or going nearer to the access point, helps.",
		quality.DownlinkLoss:   "A cable instead of Wi-Fi, or stopping downloads, helps.",
		quality.HighJitter:     "Something else fills the line: stop downloads and synchronisation, or use a cable.",
		quality.HighDelay:      "A VPN or a distant relay makes the way long: leave it out for this server.",
		quality.Detour:         "Let the firewall pass UDP to this server.",
		quality.DeadMicrophone: "Choose another microphone, or switch it on at the device.",
		quality.Clipping:       "Turn the microphone down in the system's settings.",
		quality.OneWay:         "A firewall or the router lets sound pass one way only: ask whoever runs it.",
		quality.CarrierFault:   "Send the carrier the evidence file of one of these calls.",
		quality.ServerOverload: "Give the server more CPU, or run fewer meetings on it at once.",
		quality.ServerNetwork:  "Look at the connection of the server, and ask its provider.",
	},
	over: map[quality.Access]string{
		quality.Wired: "Something else fills the line, or the cable or the router is at fault: stop downloads, and try another cable.",
	},
}

// toYouInEnglish and toYouInChinese speak to people of their own connections.
var toYouInEnglish = address{
	mine: "Your connection",
	said: map[quality.Fault]string{
		quality.UplinkLoss:     "{who} lost {what} of what you said, {when}.",
		quality.HighJitter:     "{who} was uneven: what you said came with a jitter of {what}, {when}.",
		quality.HighDelay:      "{who} was slow: to the server and back took {what}, {when}.",
		quality.Detour:         "{who} went by a detour, and had {what}, {when}.",
		quality.DeadMicrophone: "Your microphone gave nothing but silence, {when}.",
		quality.Clipping:       "Your microphone was set too loud, {when}.",
		quality.OneWay:         "Nothing at all came from you, {when}.",
		quality.CarrierFault:   "The telephone network that carried your call had {what}, {when}.",
		quality.ServerOverload: inEnglish.said[quality.ServerOverload],
		quality.ServerNetwork:  inEnglish.said[quality.ServerNetwork],
	},
	heard: map[quality.Fault]string{
		quality.DownlinkLoss: "{who} lost {what} of what others said, {when}.",
		quality.HighJitter:   "{who} was uneven: what you heard came with a jitter of {what}, {when}.",
		quality.OneWay:       "Nothing of what others said arrived at you, {when}.",
	},
	advice: map[quality.Fault]string{
		quality.UplinkLoss:     "Use a cable instead of Wi-Fi, or go nearer to the access point.",
		quality.DownlinkLoss:   "Use a cable instead of Wi-Fi, or stop your downloads.",
		quality.HighJitter:     "Something else fills your line: stop downloads and synchronisation, or use a cable.",
		quality.HighDelay:      "A VPN or a distant relay makes the way long: leave your VPN for this server if you may.",
		quality.Detour:         "Ask whoever runs your network to let UDP pass to this server.",
		quality.DeadMicrophone: "Choose another microphone, or switch yours on at the device.",
		quality.Clipping:       "Turn your microphone down in the system's settings.",
		quality.OneWay:         "A firewall or your router lets sound pass one way only: ask whoever runs it.",
		quality.CarrierFault:   "If it happens again, try another telephone, or tell whoever runs this server.",
		quality.ServerOverload: "Your own connection was not at fault. If it happens again, tell whoever runs this server.",
		quality.ServerNetwork:  "Your own connection was not at fault. If it happens again, tell whoever runs this server.",
	},
	over: map[quality.Access]string{
		quality.Wired:    "Something else fills your line, or your cable or router is at fault: stop downloads, and try another cable.",
		quality.Cellular: "Use Wi-Fi, or go where the reception is better.",
		quality.VPN:      "Leave your VPN for this server if you may, or use a cable.",
	},
}

var inChinese = address{
	said: map[quality.Fault]string{
		quality.UplinkLoss:     "{when}，{who} 说的话丢失了 {what}。",
		quality.HighJitter:     "{when}，{who} 的声音到达不均匀（抖动 {what}）。",
		quality.HighDelay:      "{when}，到 {who} 的往返时间达 {what}。",
		quality.Detour:         "{when}，{who} 经由迂回线路连接，出现{what}。",
		quality.DeadMicrophone: "{when}，{who} 的麦克风没有任何声音。",
		quality.Clipping:       "{when}，{who} 的麦克风音量过大，声音失真。",
		quality.OneWay:         "{when}，完全收不到 {who} 的声音。",
		quality.CarrierFault:   "{when}，线路 {trunk} 背后的电话网络出现{what}。",
		quality.ServerOverload: "{when}，服务器过于繁忙，所有人的声音都有延迟。",
		quality.ServerNetwork:  "{when}，所有人同时出现{what}，问题在服务器的网络。",
	},
	heard: map[quality.Fault]string{
		quality.DownlinkLoss: "{when}，{who} 听到的声音丢失了 {what}。",
		quality.HighJitter:   "{when}，{who} 听到的声音不均匀（抖动 {what}）。",
		quality.OneWay:       "{when}，{who} 完全听不到别人的声音。",
	},
	advice: map[quality.Fault]string{
		quality.UplinkLoss:     "请改用网线，或靠近无线接入点。",
		quality.DownlinkLoss:   "请改用网线，或暂停下载。",
		quality.HighJitter:     "线路被其他流量占用：请暂停下载和同步，或改用网线。",
		quality.HighDelay:      "VPN 或远处的中继使路径变长：访问本服务器时请绕过它。",
		quality.Detour:         "请让防火墙放行到本服务器的 UDP。",
		quality.DeadMicrophone: "请换一个麦克风，或打开设备上的开关。",
		quality.Clipping:       "请在系统设置中调低麦克风音量。",
		quality.OneWay:         "防火墙或路由器只允许单向声音通过：请联系网络管理员。",
		quality.CarrierFault:   "请把其中一通电话的证据文件发给运营商。",
		quality.ServerOverload: "请为服务器增加 CPU，或减少同时进行的会议。",
		quality.ServerNetwork:  "请检查服务器的网络连接，并询问其服务商。",
	},
	over: map[quality.Access]string{
		quality.Wired: "线路被其他流量占用，或网线、路由器有故障：请暂停下载，并换一根网线试试。",
	},
}

var toYouInChinese = address{
	mine: "您的连接",
	said: map[quality.Fault]string{
		quality.UplinkLoss:     "{when}，{who}丢失了您说话内容的 {what}。",
		quality.HighJitter:     "{when}，{who}不稳定，您说的话到达不均匀（抖动 {what}）。",
		quality.HighDelay:      "{when}，{who}较慢，到服务器的往返时间达 {what}。",
		quality.Detour:         "{when}，{who}经由迂回线路，出现{what}。",
		quality.DeadMicrophone: "{when}，您的麦克风没有任何声音。",
		quality.Clipping:       "{when}，您的麦克风音量过大，声音失真。",
		quality.OneWay:         "{when}，完全收不到您的声音。",
		quality.CarrierFault:   "{when}，您这通电话经过的电话网络出现{what}。",
		quality.ServerOverload: inChinese.said[quality.ServerOverload],
		quality.ServerNetwork:  inChinese.said[quality.ServerNetwork],
	},
	heard: map[quality.Fault]string{
		quality.DownlinkLoss: "{when}，{who}丢失了您收听内容的 {what}。",
		quality.HighJitter:   "{when}，{who}不稳定，您听到的声音不均匀（抖动 {what}）。",
		quality.OneWay:       "{when}，您完全听不到别人的声音。",
	},
	advice: map[quality.Fault]string{
		quality.UplinkLoss:     "请您改用网线，或靠近无线接入点。",
		quality.DownlinkLoss:   "请您改用网线，或暂停下载。",
		quality.HighJitter:     "您的线路被其他流量占用：请暂停下载和同步，或改用网线。",
		quality.HighDelay:      "VPN 或远处的中继使路径变长：如果允许，访问本服务器时请断开您的 VPN。",
		quality.Detour:         "请您的网络管理员放行到本服务器的 UDP。",
		quality.DeadMicrophone: "请换一个麦克风，或打开您设备上的开关。",
		quality.Clipping:       "请在系统设置中调低您的麦克风音量。",
		quality.OneWay:         "防火墙或您的路由器只允许单向声音通过：请联系您的网络管理员。",
		quality.CarrierFault:   "如果再次出现，请您换一部电话，或告知本服务器的管理员。",
		quality.ServerOverload: "问题不在您的连接。如果再次出现，请告知本服务器的管理员。",
		quality.ServerNetwork:  "问题不在您的连接。如果再次出现，请告知本服务器的管理员。",
	},
	over: map[quality.Access]string{
		quality.Wired:    "您的线路被其他流量占用，或您的网线、路由器有故障：请暂停下载，并换一根网线试试。",
		quality.Cellular: "请您改用 Wi-Fi，或换个信号好的地方。",
		quality.VPN:      "如果允许，访问本服务器时请断开您的 VPN，或改用网线。",
	},
}
