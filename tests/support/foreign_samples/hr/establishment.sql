CREATE TABLE regions (region_id INTEGER PRIMARY KEY, region_name VARCHAR(25));
CREATE TABLE countries (country_id CHAR(2) PRIMARY KEY, country_name VARCHAR(40), region_id INTEGER);
CREATE TABLE locations (location_id INTEGER PRIMARY KEY, street_address VARCHAR(40), postal_code VARCHAR(12), city VARCHAR(30), state_province VARCHAR(25), country_id CHAR(2));
CREATE TABLE departments (department_id INTEGER PRIMARY KEY, department_name VARCHAR(30), manager_id INTEGER, location_id INTEGER);
CREATE TABLE employees (employee_id INTEGER PRIMARY KEY, first_name VARCHAR(20), last_name VARCHAR(25), email VARCHAR(25), hire_date DATE, department_id INTEGER, has_post CHAR(1));
INSERT INTO regions VALUES (1, 'North'), (2, 'South');
INSERT INTO countries VALUES ('AA', 'Aland', 1), ('BB', 'Beland', 2);
INSERT INTO locations VALUES (1700, '3 Harbour Way', '98199', 'Port Amsel', NULL, 'AA'), (1800, NULL, NULL, 'Brackwater', NULL, 'BB');
INSERT INTO departments VALUES (10, 'Administration', 101, 1700), (20, 'Marketing', 103, 1800), (60, 'IT', 104, 1700), (90, 'Executive', 100, 1700), (190, 'Contracting', NULL, NULL);
INSERT INTO employees VALUES
  (100, 'Mara', 'Lind', 'MLIND', '2013-06-17', 90, 'Y'), (101, 'Jonas', 'Ek', 'JEK', '2015-09-21', 10, 'Y'),
  (103, 'Tove', 'Brandt', 'TBRANDT', '2016-01-03', 20, 'Y'), (104, 'Iris', 'Holm', 'IHOLM', '2017-05-21', 60, 'Y'),
  (105, 'Nils', 'Dahl', 'NDAHL', '2018-02-05', 60, 'N'), (106, NULL, 'Solo', 'SOLO', '2019-02-07', 60, 'Y');
