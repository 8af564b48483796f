"""The control API: who lives at which number, what a person at the page does, what went wrong.

GET  /_control/state                      everything the page shows
PUT  /_control/phones                     {"phones": [{"number", "label", "person": {…}}]}
PUT  /_control/faults                     {"create": ["429", "500", …]} for the next requests
POST /_control/calls/<sid>                {"do": "answer|press|say|hangup", "value": "…"}
POST /_control/phones/<number>/text       {"body": "…"} a text from that phone
"""

import json
import re
from typing import Any

from .company import Company
from .errors import ApiError, bad, not_found
from .params import is_number
from .people import CREATE_FAULTS, BadBehaviour, act_from_json, person_from_json
from .records import Call, Message

SHOWN_CALLS = 40
SHOWN_MESSAGES = 30
CALL = re.compile(r"/_control/calls/(CA[0-9a-f]{32})")
TEXT = re.compile(r"/_control/phones/(\+[0-9]{7,15})/text")


def control(company: Company, method: str, path: str, body: bytes) -> dict[str, Any]:
    """One request to the control API; the JSON reply. Raises ApiError or BadBehaviour."""
    if (method, path) == ("GET", "/_control/state"):
        return state(company)
    data = _json(body)
    if (method, path) == ("PUT", "/_control/phones"):
        return _set_phones(company, data)
    if (method, path) == ("PUT", "/_control/faults"):
        return _set_faults(company, data)
    if method == "POST" and (match := CALL.fullmatch(path)):
        call = company.act(match[1], act_from_json(data))
        return {"call": _call(company, call)}
    if method == "POST" and (match := TEXT.fullmatch(path)):
        return {"message": _message(company, company.text_in(match[1], str(data.get("body", ""))))}
    raise not_found(path)


def state(company: Company) -> dict[str, Any]:
    calls = list(reversed(company.calls.values()))
    live = [call for call in calls if call.live]
    past = [call for call in calls if not call.live][:SHOWN_CALLS]
    messages = list(reversed(company.messages.values()))[:SHOWN_MESSAGES]
    return {
        "now": company.pace.now().isoformat(),
        "speed": company.pace.speed(),
        "phones": len(company.people),
        "live": [_call(company, call) for call in live],
        "past": [_call(company, call) for call in past],
        "messages": [_message(company, message) for message in messages],
        "notices": [{"code": n.code, "message": n.message} for n in company.notices[-5:]],
    }


def _call(company: Company, call: Call) -> dict[str, Any]:
    return {
        "sid": call.sid,
        "to": call.to,
        "label": company.labels.get(call.to, ""),
        "status": call.status,
        "at": call.created.isoformat(),
        "duration": call.duration,
        "answered_by": call.answered_by,
        "by_hand": call.by_hand,
        "leg": call.parent is not None,
        "listening": call.listening,
        "lines": [{"who": line.who, "text": line.text} for line in list(call.lines)],
    }


def _message(company: Company, message: Message) -> dict[str, Any]:
    other = message.first("From") if message.direction == "inbound" else message.to
    return {
        "sid": message.sid,
        "number": other,
        "label": company.labels.get(other, ""),
        "inbound": message.direction == "inbound",
        "body": message.first("Body"),
        "status": message.status,
        "at": message.created.isoformat(),
    }


def _set_phones(company: Company, data: dict[str, Any]) -> dict[str, Any]:
    phones = data.get("phones")
    if not isinstance(phones, list):
        raise BadBehaviour("phones must be a list")
    ready = []
    for phone in phones:
        number = str(phone.get("number", "")) if isinstance(phone, dict) else ""
        if not is_number(number):
            raise BadBehaviour("every phone needs a number like +82100000001")
        person = person_from_json(phone.get("person", {}))
        ready.append((number, person, str(phone.get("label", ""))[:60]))
    for number, person, label in ready:
        company.set_person(number, person, label)
    return {"phones": len(ready)}


def _set_faults(company: Company, data: dict[str, Any]) -> dict[str, Any]:
    faults = data.get("create")
    if not isinstance(faults, list) or not all(fault in CREATE_FAULTS for fault in faults):
        raise BadBehaviour(f"create must be a list of {', '.join(CREATE_FAULTS)}")
    company.add_create_faults(faults)
    return {"create": faults}


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise bad(20001, "The body is not JSON") from error
    if not isinstance(data, dict):
        raise ApiError(400, 20001, "The body must be a JSON object")
    return data
