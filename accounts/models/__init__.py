"""Models of the accounts floor, one file per subject."""

from accounts.models.access_log import AccessLog
from accounts.models.demo_clock import DemoClock
from accounts.models.grants import RoleGrant
from accounts.models.invitations import Invitation, PhoneCode
from accounts.models.messages import InboundSms, Message
from accounts.models.organisations import Organisation, OrganisationKind, Township
from accounts.models.settings import SettingVersion
from accounts.models.users import User

__all__ = [
    "AccessLog",
    "DemoClock",
    "InboundSms",
    "Invitation",
    "Message",
    "Organisation",
    "OrganisationKind",
    "PhoneCode",
    "RoleGrant",
    "SettingVersion",
    "Township",
    "User",
]
