CREATE TABLE employees (employee_id VARCHAR(10) PRIMARY KEY, first_name VARCHAR(20), last_name VARCHAR(25), email VARCHAR(40), "order" INTEGER);
CREATE TABLE jobs (job_id VARCHAR(10) PRIMARY KEY, job_title VARCHAR(35), min_salary INTEGER, max_salary INTEGER);
CREATE TABLE job_history (employee_id INTEGER, start_date DATE, end_date DATE, job_id VARCHAR(10), department_id VARCHAR(6), PRIMARY KEY (employee_id, start_date));
CREATE TABLE departments (department_id VARCHAR(6) PRIMARY KEY, department_name VARCHAR(30));
CREATE VIEW "user" AS SELECT employee_id, first_name, last_name, email, "order" FROM employees;
INSERT INTO employees VALUES ('100', 'Mara', 'Lind', 'mlind', 1), ('101', 'Jonas', 'Ek', 'jek', 2), ('103', 'Tove', 'Brandt', 'tbrandt', 3), ('104', 'Iris', 'Holm', 'iholm', NULL);
INSERT INTO jobs VALUES ('AD_PRES', 'President', 20080, 40000), ('AD_ASST', 'Administration Assistant', 3000, 6000), ('MK_MAN', 'Marketing Manager', 9000, 15000), ('IT_PROG', 'Programmer', 4000, 10000);
INSERT INTO job_history VALUES (100, '2013-06-17', '2016-12-31', 'AD_ASST', '10'), (100, '2017-01-01', NULL, 'AD_PRES', '90'), (103, '2016-01-03', '9999-01-01', 'MK_MAN', '20'), (104, '2017-05-21', '2018-05-20', 'IT_PROG', '60'), (104, '2018-05-21', '2019-05-20', 'XX_GONE', '60');
INSERT INTO departments VALUES ('10', 'Administration'), ('20', 'Marketing'), ('60', 'IT'), ('90', 'Executive');
