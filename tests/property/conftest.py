"""How long and how repeatably chance is searched here."""

import os

from hypothesis import HealthCheck, Phase, settings

# A case is hundreds of choices, and making a failing one small takes minutes: --hypothesis-profile=small asks for it.
_HOUSE = {
    "deadline": None,
    "derandomize": "CI" in os.environ,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
}
settings.register_profile("small", **_HOUSE)
settings.register_profile("house", **_HOUSE, phases=[Phase.explicit, Phase.reuse, Phase.generate])
settings.load_profile("house")
