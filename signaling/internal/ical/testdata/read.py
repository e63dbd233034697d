"""Reads a calendar with the icalendar package and prints what it finds as JSON.

Time zones are those of the file's own VTIMEZONEs, as dateutil understands them,
and recurrences are dateutil's: nothing here knows the IANA database.
"""
import io
import json
import re
import sys
from datetime import date, datetime, timedelta, timezone

from dateutil import rrule, tz
from icalendar import Calendar

raw = sys.stdin.buffer.read()
for number, line in enumerate(raw.split(b"\r\n"), 1):
    if len(line) > 75 or b"\n" in line or b"\r" in line:
        sys.exit("line %d is not folded as RFC 5545 has it" % number)
text = raw.decode("utf-8")
calendar = Calendar.from_ical(text)
unfolded = text.replace("\r\n ", "")
zones = "".join(re.findall(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r\n", unfolded, re.S))
own = tz.tzical(io.StringIO(zones)) if zones else None


def utc(naive, zone):
    if zone is None:
        return naive.isoformat()
    return naive.replace(tzinfo=zone).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def walls(prop, zone):
    found = []
    for one in prop if isinstance(prop, list) else [prop] if prop else []:
        for value in one.dts:
            found.append(value.dt.replace(tzinfo=None))
    return found


events = []
for event in calendar.walk("VEVENT"):
    if event.errors:
        sys.exit("errors in an event: %r" % event.errors)
    start = event["DTSTART"]
    e = {key.lower(): str(event[key]) for key in ("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "STATUS") if key in event}
    e["sequence"] = int(event.get("SEQUENCE", 0))
    e["stamp"] = event["DTSTAMP"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(start.dt, datetime):
        name = start.params.get("TZID")
        zone = own.get(name) if name else timezone.utc if start.dt.tzinfo else None
        if name and zone is None:
            sys.exit("no VTIMEZONE for " + name)
        naive = start.dt.replace(tzinfo=None)
        length = event["DTEND"].dt.replace(tzinfo=None).replace(tzinfo=zone) - naive.replace(tzinfo=zone) if "DTEND" in event else timedelta()
        if zone:
            length = event["DTEND"].dt.replace(tzinfo=None).replace(tzinfo=zone).astimezone(timezone.utc) - naive.replace(tzinfo=zone).astimezone(timezone.utc)
        e["minutes"] = int(length.total_seconds() // 60)
        dates = [naive]
        if "RRULE" in event:
            rule = event["RRULE"].to_ical().decode()
            until = re.search(r"UNTIL=(\d{8}T\d{6})Z", rule)
            if until:
                local = datetime.strptime(until.group(1), "%Y%m%dT%H%M%S").replace(tzinfo=timezone.utc).astimezone(zone)
                rule = rule.replace(until.group(0), "UNTIL=" + local.strftime("%Y%m%dT%H%M%S"))
            dates = [d for d, _ in zip(rrule.rrulestr(rule, dtstart=naive), range(400))]
        gone = walls(event.get("EXDATE"), zone)
        e["dates"] = sorted(utc(d, zone) for d in dates + walls(event.get("RDATE"), zone) if d not in gone)
        if "RECURRENCE-ID" in event:
            e["recurrence"] = utc(event["RECURRENCE-ID"].dt.replace(tzinfo=None), zone)
    else:
        e["day"] = start.dt.isoformat()
        e["minutes"] = (event["DTEND"].dt - start.dt).days * 1440
    for party in [event["ORGANIZER"]] if "ORGANIZER" in event else []:
        e["organiser"] = [party.params.get("CN", ""), str(party)]
    guests = event.get("ATTENDEE", [])
    e["guests"] = [[g.params.get("CN", ""), str(g), g.params.get("PARTSTAT", ""), g.params.get("RSVP", "")]
                   for g in (guests if isinstance(guests, list) else [guests])]
    e["alarms"] = [int(a["TRIGGER"].dt.total_seconds() // 60) for a in event.walk("VALARM")]
    events.append(e)
json.dump({"method": str(calendar.get("METHOD", "")), "name": str(calendar.get("X-WR-CALNAME", "")), "events": events}, sys.stdout)
