"""Names that several files of this integration use."""

DOMAIN = "debugpy"

CONF_START = "start"
CONF_WAIT = "wait"
CONF_ALLOW = "allow"
CONF_EVALUATE = "evaluate"
CONF_PATH_MAPPINGS = "path_mappings"
CONF_LOCAL_ROOT = "local_root"
CONF_REMOTE_ROOT = "remote_root"
CONF_JUST_MY_CODE = "just_my_code"

SERVICE_START = "start"
