"""The words that the demo's invented buyers, accounts and orders are made of."""

FIRST = (
    "Aaliyah", "Alejandro", "Amara", "Andrew", "Ángela", "Anika", "Benjamin", "Björn", "Brianna", "Caleb", "Camille",
    "Carlos", "Chloë", "Daniel", "Darnell", "Dolores", "Elena", "Elijah", "Émile", "Esther", "Fatima", "Felix",
    "François", "Gabriela", "Grace", "Hana", "Hector", "Imani", "Isabel", "Jamal", "Jasmine", "Joaquín", "José",
    "Katarzyna", "Keisha", "Kevin", "Lakshmi", "Latoya", "Leilani", "Liam", "Lucía", "Malik", "Marisol", "Martín",
    "Maya", "Mei", "Naomi", "Nikolai", "Noor", "Olivia", "Omar", "Priya", "Rachel", "Raúl", "Renée", "Rosa", "Samuel",
    "Siobhán", "Sofía", "Tamika", "Theodore", "Tomás", "Vivian", "William", "Xiomara", "Yusuf", "Zoë", "Walter",
)  # fmt: skip

LAST = (
    "Abernathy", "Adeyemi", "Ångström", "Baptiste", "Begay", "Bianchi", "Blackwood", "Calderón", "Castañeda", "Chen",
    "Cienfuegos", "D'Angelo", "Delacroix", "Eastman", "Eriksson", "Farrell", "Fitzgerald", "Galindo", "Goldberg",
    "Gutiérrez", "Hashimoto", "Hawkins", "Holloway", "Ibarra", "Jankowski", "Jefferson", "Kealoha", "Kowalski",
    "Lindqvist", "Łukasiewicz", "MacAllister", "Mbeki", "Montgomery", "Müller", "Nakamura", "Núñez", "O'Sullivan",
    "Okonkwo", "Ortega", "Papadopoulos", "Patel", "Peña", "Quintero", "Rasmussen", "Reyes", "Robinson", "Saldaña",
    "Sato", "Schröder", "Singh", "Søndergaard", "Thibodeaux", "Tran", "Ueda", "Vasquez", "Villavicencio", "Washington",
    "Whitfield", "Yamaguchi", "Zielinski", "Villavicencio-Castellanos", "Featherstonehaugh", "St. Pierre",
    "van der Berg",
)  # fmt: skip

BUSINESSES = (
    "Blue Ridge Coffee Roasters LLC", "Muñoz & Sons Landscaping, Inc.", "Cedar Valley Veterinary Associates, P.C.",
    "Harlan Street Bakery", "Kowalczyk Tool & Die Co.", "Bayou Marine Repair LLC", "Great Lakes Sign Company",
    "Northwestern Ohio Refrigeration & Heating Contractors, Inc.", "Casa Peñafiel Restaurant Group LLC",
    "Pine Dental PLLC",
    "Schäfer Precision Machining", "Twin Oaks Child Care Center", "Redwood Outdoor Outfitters", "Delta Print Shop",
    "Ocotillo Solar Installers LLC", "Maple & Main Florists", "Lone Star Trailer Works", "Granite State Roofing Inc",
    "Hmong Farmers Cooperative", "Sunrise Yoga & Wellness", "Bluegrass Stables LLC", "Chesapeake Oyster House",
    "Front Range Bicycle Works", "Kauai Surf School LLC", "Ironwood Cabinetry", "Pioneer Valley Pediatrics PC",
    "Ramírez Brothers Concrete", "Spindletop Welding Supply", "Tidewater Charter Boats", "Silver Birch Bookkeeping",
    "Old Mill Brewing Company", "Prairie Wind Grain Elevator", "Zephyr Aviation Services LLC", "Wolf Creek Towing",
    "El Molino Tortillería", "Stonebridge Property Maintenance", "Harvest Moon Catering", "Evergreen Tree Care Inc.",
    "Queen City Upholstery", "Rio Grande Pest Control", "Saint-Étienne Crêperie", "Cascade Climbing Gym",
    "Magnolia Pharmacy", "Arrowhead Golf Carts", "Brightwater Pool Supply", "Crescent Moon Taxi Cooperative",
)  # fmt: skip

BANK_PREFIXES = ("0110", "0210", "0260", "0310", "0440", "0530", "0610", "0720", "0810", "0910", "1010", "1110", "1210")
THRIFT_PREFIXES = ("2110", "2260", "2313", "2540", "2720", "3130", "3220")

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15 Version/19.1 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
)
